// SPDX-License-Identifier: BSL-1.0
// The system call that fences other threads.
#pragma once

#if defined(__linux__)

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace holdfast::platform {

// 0, or the negative errno value. Leaves errno alone.
inline long membarrier(int command) noexcept {
  const int saved_errno = errno;
  const long done = ::syscall(SYS_membarrier, command, 0, 0);
  const long outcome = done < 0 ? -errno : done;
  errno = saved_errno;
  return outcome;
}

// Registers for the fence `command` and tries it, for whoever wants it for the first time or anew.
inline bool register_and_fence(int registration, int command) noexcept {
  return membarrier(registration) == 0 && membarrier(command) == 0;
}

}  // namespace holdfast::platform

#endif
