// SPDX-License-Identifier: BSL-1.0
// Deadlines as the pthread calls take them.
#pragma once

#include <time.h>

#include <cstdint>

#include "holdfast/base/deadline.hpp"

#include "foreign_program.hpp"

namespace preload {

inline bool is_valid(const struct timespec& when) noexcept {
  return when.tv_nsec >= 0 && when.tv_nsec < 1'000'000'000;
}
inline bool is_known(clockid_t clock) noexcept {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}
inline bool can_wait_until(clockid_t clock, const struct timespec& when) noexcept {
  return is_known(clock) && is_valid(when);
}

// What holdfast::deadline asks of a duration and of a point in time.
struct nanoseconds {
  using rep = std::int64_t;
  struct period {
    static constexpr std::intmax_t num = 1;
    static constexpr std::intmax_t den = 1'000'000'000;
  };
  std::int64_t value;
  std::int64_t count() const noexcept { return value; }
};

struct posix_point;

struct posix_monotonic_clock {
  static posix_point now() noexcept;
};

struct posix_point {
  using clock = posix_monotonic_clock;
  std::int64_t since_epoch;
  nanoseconds time_since_epoch() const noexcept { return {since_epoch}; }
  friend bool operator<(posix_point a, posix_point b) noexcept {
    return a.since_epoch < b.since_epoch;
  }
};
inline posix_point posix_monotonic_clock::now() noexcept {
  return {foreign_program::monotonic_now()};
}

// Of a valid time. One before the epoch has passed; the far future is never.
inline holdfast::deadline deadline_of(clockid_t clock, const struct timespec& when) noexcept {
  if (when.tv_sec < 0) return holdfast::deadline::already_past();
  const std::int64_t since_epoch = holdfast::detail::saturated_sum(
      holdfast::detail::saturated_nanoseconds<1, 1>(when.tv_sec), when.tv_nsec);
  return clock == CLOCK_MONOTONIC ? holdfast::deadline::at(posix_point{since_epoch})
                                  : holdfast::deadline::at_civil(since_epoch);
}

}  // namespace preload
