// SPDX-License-Identifier: BSL-1.0
// The pthread mutex with a deadline.
#if !defined(_WIN32)

#include <time.h>
#include <unistd.h>

#include "holdfast/platform/native_mutex.hpp"

#include "platform/timespec.hpp"
#include "platform/try_until.hpp"

namespace holdfast::platform {

#if defined(_POSIX_TIMEOUTS) && _POSIX_TIMEOUTS > 0

int native_mutex::lock_until(const deadline& until) noexcept {
  if (until.is_never()) return pthread_mutex_lock(&mutex_);
  struct timespec when = to_timespec(until);
  if (until.clock() == deadline::clock_kind::civil) return pthread_mutex_timedlock(&mutex_, &when);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 30) && !defined(__SANITIZE_THREAD__)
  return pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &when);
#else
  // Without pthread_mutex_clocklock (and under ThreadSanitizer, which does not know it): what
  // remains, on the clock that pthread_mutex_timedlock reads. Off by as much as that clock is set
  // meanwhile.
  struct timespec monotonic{};
  struct timespec civil{};
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_REALTIME, &civil);
  when.tv_sec += civil.tv_sec - monotonic.tv_sec;
  when.tv_nsec += civil.tv_nsec - monotonic.tv_nsec;
  for (; when.tv_nsec >= 1'000'000'000; when.tv_nsec -= 1'000'000'000) ++when.tv_sec;
  for (; when.tv_nsec < 0; when.tv_nsec += 1'000'000'000) --when.tv_sec;
  return pthread_mutex_timedlock(&mutex_, &when);
#endif
}

#else  // macOS

int native_mutex::lock_until(const deadline& until) noexcept {
  if (until.is_never()) return pthread_mutex_lock(&mutex_);
  return try_until(*this, until, [] {
    const struct timespec nap{0, 1'000'000};
    nanosleep(&nap, nullptr);
  });
}

#endif

}  // namespace holdfast::platform

#endif
