// SPDX-License-Identifier: BSL-1.0
// What goes wrong between processes: one exception, which says what, with which lock, and what to do.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "holdfast/base/config.hpp"

namespace holdfast::process {

enum class cause : std::uint8_t {
  exists,          // it should have been made, and is there
  missing,         // it should be there, and is not
  bad_name,        // no name for a lock
  no_permission,   // the system refuses this user
  read_only,       // the directory or its file system
  no_space,        // the disk, the quota or the limit of a file's size
  foreign,         // a file, but none of ours
  corrupted,       // ours, but cut off or contradicting itself
  too_old,         // a layout that this library no longer reads
  too_new,         // a layout that this library does not know yet
  wrong_kind,      // ours, but another thing: a lock file, or another engine
  wrong_size,      // the data are of another size or alignment
  wrong_type,      // the data are of another type
  wrong_libc,      // made by a program of another libc or word size
  other_boot,      // left over from before a restart of the machine
  wrong_owner,     // it belongs to another user
  too_many_held,   // this thread holds as many as the kernel would release at its death
  in_fiber,        // the caller is a fiber
  would_deadlock,  // the thread waits for a lock that it holds
  unsupported,     // the system cannot
  busy,            // somebody has it open, or holds it
  failed,          // anything else of the system
};

HOLDFAST_EXPORT const char* name_of(cause why) noexcept;

// Nothing has been changed when it is thrown, and no lock is held.
class HOLDFAST_EXPORT error : public std::runtime_error {
 public:
  error(cause why, const std::string& what, int os_error = 0);
  error(const error&) = default;
  error& operator=(const error&) = default;
  ~error() override;

  cause why() const noexcept { return why_; }

  // The errno behind it, or 0.
  int os_error() const noexcept { return os_error_; }

 private:
  cause why_;
  int os_error_;
};

namespace detail {

// "holdfast: the lock "NAME" (PATH) WHAT: the system's words. REMEDY". The name, the path and the
// remedy may be empty. WHAT begins with a verb.
[[noreturn]] HOLDFAST_EXPORT void throw_error(cause why, std::string_view name,
                                              std::string_view path, std::string_view what,
                                              std::string_view remedy, int os_error = 0);

// The same for a call of the system that has failed: the cause and the remedy are those of `os_error`.
[[noreturn]] HOLDFAST_EXPORT void throw_os_error(int os_error, std::string_view name,
                                                 std::string_view path, std::string_view what);

}  // namespace detail

}  // namespace holdfast::process
