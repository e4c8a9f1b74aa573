// SPDX-License-Identifier: BSL-1.0
// Sleep on several words by futex_waitv, and on one where there is none.
#include "process/wait_set.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "platform/timespec.hpp"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449  // the same number on every machine
#endif

namespace holdfast::process::detail {

bool wait_set::is_blind = false;

int wake_shared(const platform::atomic<std::uint32_t>& word, int count) noexcept {
  const int saved_errno = errno;
  const long woken = ::syscall(SYS_futex, word.address(), FUTEX_WAKE, count, nullptr, nullptr, 0);
  errno = saved_errno;
  return woken > 0 ? static_cast<int>(woken) : 0;
}

bool wait_set::sleep_on_all(const deadline& until) const noexcept {
  const struct timespec when = platform::to_timespec(until);
  return ::syscall(SYS_futex_waitv, words_, static_cast<unsigned>(size_), 0U, &when,
                   platform::clock_of(until)) >= 0 ||
         errno == EAGAIN || errno == ETIMEDOUT || errno == EINTR;
}

void wait_set::sleep_on_first(const deadline& until) const noexcept {
  const watched& first = words_[0];
  const struct timespec when = platform::to_timespec(until);
  int operation = FUTEX_WAIT_BITSET;
  static_assert(is_private == FUTEX_PRIVATE_FLAG);
  if ((first.flags & is_private) != 0) operation |= FUTEX_PRIVATE_FLAG;
  if (platform::clock_of(until) == CLOCK_REALTIME) operation |= FUTEX_CLOCK_REALTIME;
  ::syscall(SYS_futex, first.address, operation, static_cast<std::uint32_t>(first.expected), &when,
            nullptr, FUTEX_BITSET_MATCH_ANY);
}

void wait_set::sleep(const deadline& until) noexcept {
  const int saved_errno = errno;
  if (is_blind || !sleep_on_all(earlier(until, deadline::after(look_again_ns))))
    sleep_on_first(earlier(until, deadline::after(look_again_blind_ns)));
  errno = saved_errno;
}

}  // namespace holdfast::process::detail
