// SPDX-License-Identifier: BSL-1.0
// On Windows a lock is its process's alone, so that nobody else keeps it; who has a file open is not told.
#if defined(_WIN32)

#include "file_users.hpp"
#include "proc.hpp"

namespace cli {

file_users users_of_path(const std::string& /*path*/) { return {}; }

party party_of(pid_t pid) {
  party who;
  who.pid = static_cast<std::uint32_t>(pid);
  who.command = command_of(pid);
  return who;
}

}  // namespace cli

#endif
