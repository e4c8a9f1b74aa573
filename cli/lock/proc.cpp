// SPDX-License-Identifier: BSL-1.0
// Reads /proc.
#include "proc.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <string_view>

namespace cli {
namespace {

// The field of /proc/PID/stat with this number, as proc(5) counts, which is 3 or more.
std::string_view field(std::string_view after_name, int number) {
  for (int skipped = 3; skipped < number; ++skipped) {
    const std::size_t space = after_name.find(' ');
    if (space == std::string_view::npos) return {};
    after_name.remove_prefix(space + 1);
  }
  return after_name.substr(0, after_name.find(' '));
}

}  // namespace

std::optional<std::string> content_of(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string content;
  char part[4096];
  ssize_t size = 0;
  while ((size = ::read(file, part, sizeof part)) > 0)
    content.append(part, static_cast<std::size_t>(size));
  ::close(file);
  if (size < 0) return std::nullopt;
  return content;
}

std::optional<process_status> status_of(pid_t pid) {
  const auto text = content_of("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return std::nullopt;
  // The name is in brackets and may have brackets and spaces itself.
  const std::size_t bracket = text->rfind(')');
  if (bracket == std::string::npos || bracket + 2 >= text->size()) return std::nullopt;
  const std::string_view rest = std::string_view(*text).substr(bracket + 2);
  process_status status;
  status.pid = pid;
  status.parent = number_in<pid_t>(field(rest, 4));
  status.group = number_in<pid_t>(field(rest, 5));
  status.start_time = number_in<std::uint64_t>(field(rest, 22));
  return status;
}

std::optional<std::vector<int>> numbers_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (open == nullptr) return std::nullopt;
  std::vector<int> numbers;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): this stream is ours
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name.front() >= '0' && name.front() <= '9') numbers.push_back(number_in<int>(name));
  }
  return numbers;
}

std::vector<process_status> all_processes() {
  std::vector<process_status> all;
  for (const int pid : numbers_in("/proc").value_or(std::vector<int>{}))
    if (const auto status = status_of(pid)) all.push_back(*status);
  return all;
}

std::string command_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::string words = content_of(folder + "/cmdline").value_or("");
  while (!words.empty() && words.back() == '\0') words.pop_back();
  for (char& c : words)
    if (c == '\0') c = ' ';
  if (!words.empty()) return words;
  std::string name = content_of(folder + "/comm").value_or("");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name.empty() ? "" : "[" + name + "]";
}

std::int64_t started_at(const process_status& process) {
  timespec now{};
  timespec up{};
  const long ticks = ::sysconf(_SC_CLK_TCK);
  if (process.start_time == 0 || ticks <= 0 || ::clock_gettime(CLOCK_REALTIME, &now) != 0 ||
      ::clock_gettime(CLOCK_BOOTTIME, &up) != 0)
    return 0;
  const std::int64_t boot = (now.tv_sec - up.tv_sec) * 1'000'000'000 + now.tv_nsec - up.tv_nsec;
  return boot + static_cast<std::int64_t>(process.start_time) * (1'000'000'000 / ticks);
}

}  // namespace cli
