// SPDX-License-Identifier: BSL-1.0
// Sleep and wake by the kernel's futex.
#if defined(__linux__)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "holdfast/platform/futex.hpp"

namespace holdfast::platform {

namespace {

// A point in time as the kernel takes it: in 64 bits, also where the C library's time_t has 32. The
// call that takes such a one is a second one there (Linux 5.1).
struct kernel_time {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};
#if defined(SYS_futex_time64)
constexpr long futex_call = SYS_futex_time64;
#else
constexpr long futex_call = SYS_futex;
#endif
static_assert(sizeof(long) == sizeof(std::int64_t) || futex_call != SYS_futex);

}  // namespace

futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                        const deadline& until) noexcept {
  const int saved_errno = errno;
  const kernel_time when{until.nanoseconds() / 1'000'000'000, until.nanoseconds() % 1'000'000'000};
  // FUTEX_WAIT_BITSET and not FUTEX_WAIT: it takes a point in time, on either clock.
  int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
  if (until.clock() == deadline::clock_kind::civil) operation |= FUTEX_CLOCK_REALTIME;
  const long done = ::syscall(futex_call, word.address(), operation, expected,
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
  ::syscall(futex_call, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, 0);
  errno = saved_errno;
}

}  // namespace holdfast::platform

#endif
