// SPDX-License-Identifier: BSL-1.0
// Who has a file open, and who holds or waits for a lock on it: /proc/locks and /proc/PID/fd.
#pragma once

#include <sys/types.h>
#if !defined(_WIN32)
#include <sys/stat.h>
#endif

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine.hpp"

namespace cli {

// A line of /proc/locks, or of "lock:" in /proc/PID/fdinfo.
struct kernel_lock {
  enum class form { flock, of_description, other };
  form kind = form::other;
  bool waits = false;
  bool writes = false;  // exclusive
  pid_t pid = 0;        // of flock: who took it; 0: gone, or of another pid namespace
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t first = 0;  // byte
};

// Nothing but `form::other` for what is no such line.
kernel_lock parse_kernel_lock(std::string_view line);

#if !defined(_WIN32)
// The locks on this file in /proc/locks, held and waited for.
std::vector<kernel_lock> locks_on(const struct stat& file);
#endif

// A process that has the file open, and the locks that its descriptors hold: several processes hold
// one when a descriptor was inherited.
struct file_user {
  pid_t pid = 0;
  std::vector<kernel_lock> holds;
};

struct file_users {
  std::vector<file_user> users;
  bool some_unseen = false;  // there are processes whose descriptors we may not see
};

#if !defined(_WIN32)
file_users users_of(const struct stat& file);
#endif

// None if there is no such file. On Windows always none: nobody else keeps a
// lock from its owner's end on, and who has a file open is not told.
file_users users_of_path(const std::string& path);

// What /proc knows of a process.
party party_of(pid_t pid);

}  // namespace cli
