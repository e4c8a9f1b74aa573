// SPDX-License-Identifier: BSL-1.0
// Sleep and wake by the kernel's futex.
#if defined(__linux__)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "holdfast/platform/futex.hpp"

#include "platform/timespec.hpp"

namespace holdfast::platform {

futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                        const deadline& until) noexcept {
  const int saved_errno = errno;
  const struct timespec when = to_timespec(until);
  // FUTEX_WAIT_BITSET and not FUTEX_WAIT: it takes a point in time, on either clock.
  int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
  if (until.clock() == deadline::clock_kind::civil) operation |= FUTEX_CLOCK_REALTIME;
  const long done = ::syscall(SYS_futex, word.address(), operation, expected,
                              until.is_never() ? nullptr : &when, nullptr, FUTEX_BITSET_MATCH_ANY);
  const int error = errno;
  errno = saved_errno;
  if (done == 0) return futex_result::woken;
  if (error == ETIMEDOUT) return futex_result::deadline_passed;
  if (error == EAGAIN) return futex_result::differed;
  return futex_result::woken;  // EINTR: a signal
}

void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept {
  const int saved_errno = errno;
  ::syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, 0);
  errno = saved_errno;
}

}  // namespace holdfast::platform

#endif
