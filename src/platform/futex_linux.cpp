// SPDX-License-Identifier: BSL-1.0
// Sleep and wake by the kernel's futex.
#if defined(__linux__)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "holdfast/platform/futex.hpp"

namespace holdfast::platform {
namespace {

struct timespec to_timespec(std::int64_t nanoseconds) noexcept {
  struct timespec result{};
  result.tv_sec = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
  result.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  return result;
}

}  // namespace

futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                        const deadline& until) noexcept {
  const int saved_errno = errno;
  const struct timespec when = to_timespec(until.nanoseconds());
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
