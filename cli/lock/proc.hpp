// SPDX-License-Identifier: BSL-1.0
// What /proc tells of processes.
#pragma once

#include <sys/types.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct process_status {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t start_time = 0;  // in ticks since the boot
};

// Nothing if there is no such process, or it cannot be seen.
std::optional<process_status> status_of(pid_t pid);

// Those that can be seen.
std::vector<process_status> all_processes();

// The number that `text` begins with, 0 if with none.
template <class Number>
Number number_in(std::string_view text, int base = 10) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// The names in a folder of /proc that are numbers; nothing if it cannot be read.
std::optional<std::vector<int>> numbers_in(const std::string& folder);

// The words of its command line with spaces between, or the name in brackets where there is none.
std::string command_of(pid_t pid);

// When it was started, in nanoseconds since 1970; 0 if that cannot be told.
std::int64_t started_at(const process_status& process);

// All of a file, which may be one of /proc that has no size; nothing if it cannot be read.
std::optional<std::string> content_of(const std::string& path);

}  // namespace cli
