// SPDX-License-Identifier: BSL-1.0
// Reads the kernel's list of locks, and everybody's descriptors.
#include "file_users.hpp"

#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "proc.hpp"

namespace cli {
namespace {

// The next word of a text, which is then without it.
std::string_view next_word(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return text = {};
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
  text.remove_prefix(word.size());
  return word;
}

// "08:01:1234": two numbers in hexadecimal, and the inode.
void parse_place(std::string_view text, kernel_lock& lock) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return;
  lock.device = makedev(number_in<unsigned>(text.substr(0, first), 16),
                        number_in<unsigned>(text.substr(first + 1, second - first - 1), 16));
  lock.inode = number_in<ino_t>(text.substr(second + 1));
}

template <class F>
void for_each_line(std::string_view text, F&& take) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    take(line);
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
  }
}

std::vector<kernel_lock> locks_of_descriptor(const std::string& fdinfo) {
  constexpr std::string_view mark = "lock:";
  std::vector<kernel_lock> found;
  for_each_line(content_of(fdinfo).value_or(""), [&](std::string_view line) {
    if (!line.starts_with(mark)) return;
    const kernel_lock lock = parse_kernel_lock(line.substr(mark.size()));
    if (lock.kind != kernel_lock::form::other) found.push_back(lock);
  });
  return found;
}

}  // namespace

kernel_lock parse_kernel_lock(std::string_view line) {
  kernel_lock lock;
  if (!next_word(line).ends_with(':')) return lock;
  std::string_view word = next_word(line);
  lock.waits = word == "->";
  if (lock.waits) word = next_word(line);
  const bool is_flock = word == "FLOCK";
  const bool is_of_description = word == "OFDLCK";
  if (!is_flock && !is_of_description) return lock;
  next_word(line);  // ADVISORY
  lock.writes = next_word(line) == "WRITE";
  lock.pid = is_flock ? number_in<pid_t>(next_word(line)) : (next_word(line), 0);
  parse_place(next_word(line), lock);
  lock.first = number_in<std::uint64_t>(next_word(line));
  lock.kind = is_flock ? kernel_lock::form::flock : kernel_lock::form::of_description;
  return lock;
}

std::vector<kernel_lock> locks_on(const struct stat& file) {
  std::vector<kernel_lock> found;
  for_each_line(content_of("/proc/locks").value_or(""), [&](std::string_view line) {
    const kernel_lock lock = parse_kernel_lock(line);
    if (lock.kind != kernel_lock::form::other && lock.inode == file.st_ino &&
        lock.device == file.st_dev)
      found.push_back(lock);
  });
  return found;
}

file_users users_of(const struct stat& file) {
  file_users found;
  for (const int pid : numbers_in("/proc").value_or(std::vector<int>{})) {
    if (pid == ::getpid()) continue;  // run by the command of the lock: that is shown
    const std::string process = "/proc/" + std::to_string(pid);
    const auto descriptors = numbers_in(process + "/fd");
    if (!descriptors) {
      // One that has ended meanwhile is no news.
      if (::access(process.c_str(), F_OK) == 0 && status_of(pid)) found.some_unseen = true;
      continue;
    }
    file_user user;
    user.pid = pid;
    bool has_it = false;
    for (const int descriptor : *descriptors) {
      const std::string number = std::to_string(descriptor);
      struct stat seen{};
      if (::stat((process + "/fd/" + number).c_str(), &seen) != 0 || seen.st_ino != file.st_ino ||
          seen.st_dev != file.st_dev)
        continue;
      has_it = true;
      for (const kernel_lock& lock : locks_of_descriptor(process + "/fdinfo/" + number))
        user.holds.push_back(lock);
    }
    if (has_it) found.users.push_back(std::move(user));
  }
  return found;
}

party party_of(pid_t pid) {
  party who;
  who.pid = static_cast<std::uint32_t>(pid);
  who.command = command_of(pid);
  if (const auto status = status_of(pid)) who.since = started_at(*status);
  return who;
}

file_users users_of_path(const std::string& path) {
  struct stat file{};
  return ::stat(path.c_str(), &file) == 0 ? users_of(file) : file_users{};
}

}  // namespace cli
