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
#include <fstream>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <holdfast/base/config.hpp>
#include <holdfast/platform/native.hpp>

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

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
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
      {"cpu", cpu_model()},
      {"cpus", std::thread::hardware_concurrency()},
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

command_result run_command(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto begin = clock::now();
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return {-1, 0, 0};
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, cpu_seconds_of(usage),
          seconds_since(begin)};
}

}  // namespace bench
