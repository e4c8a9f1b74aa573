// SPDX-License-Identifier: BSL-1.0
// The machine, asked the way of Linux (/proc) and POSIX.
#include "harness/host.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <holdfast/base/config.hpp>
#include <holdfast/platform/native.hpp>

#include "harness/ticks.hpp"
#include "harness/timing.hpp"

namespace bench {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double cpu_seconds_of(const rusage& usage) {
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

rusage usage_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return usage;
}

// What /proc/cpuinfo says of the first CPU.
std::string cpu_info(const char* field) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with(field) && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

bool cpu_has(const char* flag) {
  return fmt::format(" {} ", cpu_info("flags")).find(fmt::format(" {} ", flag)) !=
         std::string::npos;
}

// What times a single call.
std::string single_call_clock() {
  return fmt::format("{}, {:.2f} GHz{}", name_of_ticks, 1 / nanoseconds_a_tick(),
                     cpu_has("nonstop_tsc") ? ", never stops" : "");
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

}  // namespace

nlohmann::ordered_json describe_machine() {
  return {
      {"date", fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)))},
      {"cpu", cpu_info("model name")},
      {"cpus", std::thread::hardware_concurrency()},
      {"virtual", cpu_has("hypervisor")},
      {"clock", single_call_clock()},
      {"kernel", kernel()},
      {"compiler", HOLDFAST_BENCH_COMPILER_NAME},
      {"build", HOLDFAST_BENCH_BUILD},
      {"library", HOLDFAST_BENCH_LIBRARY},
      {"version", fmt::format("{}.{}.{}", HOLDFAST_VERSION_MAJOR, HOLDFAST_VERSION_MINOR,
                              HOLDFAST_VERSION_PATCH)},
      {"checked", HOLDFAST_CHECKED != 0},
      {"restartable_sequences", holdfast::platform::native::restartable_in_use()},
  };
}

cpu_time cpu_time_now() {
  cpu_time now{cpu_seconds_of(usage_of(RUSAGE_SELF)) + cpu_seconds_of(usage_of(RUSAGE_CHILDREN)),
               0};
  // cpu user nice system idle iowait irq softirq steal, in ticks
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (stat >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal)
    now.everyone = (user + nice + system + irq + softirq + steal) /
                   static_cast<double>(::sysconf(_SC_CLK_TCK));
  return now;
}

long involuntary_switches() { return usage_of(RUSAGE_SELF).ru_nivcsw; }

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

double resident_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;) {
    double kilobytes = 0;
    if (word == "Rss:" && rollup >> kilobytes) return kilobytes * 1024;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

command_result run_command(const std::vector<std::string>& words, std::string* output) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (output != nullptr && ::pipe2(ends, O_CLOEXEC) != 0) return {-1, 0, 0};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (output != nullptr)
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  else
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto begin = clock::now();
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (output != nullptr) {
    ::close(ends[1]);
    char text[256];
    if (error == 0)
      for (ssize_t got = 0; (got = ::read(ends[0], text, sizeof text)) > 0;)
        output->append(text, static_cast<std::size_t>(got));
    ::close(ends[0]);
  }
  if (error != 0) return {-1, 0, 0};
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, cpu_seconds_of(usage),
          seconds_since(begin)};
}

}  // namespace bench
