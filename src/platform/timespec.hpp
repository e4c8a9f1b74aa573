// SPDX-License-Identifier: BSL-1.0
// A deadline as POSIX takes it: a point in time, and the clock it is on.
#pragma once

#include <cstdint>
#include <ctime>
#include <limits>

#include "holdfast/base/deadline.hpp"

namespace holdfast::platform {

// Of a deadline that comes: never has no such point.
inline struct timespec to_timespec(const deadline& until) noexcept {
  struct timespec result{};
  const std::int64_t seconds = until.nanoseconds() / 1'000'000'000;
  constexpr std::int64_t last = std::numeric_limits<std::time_t>::max();  // 2038 in 32 bits
  result.tv_sec = static_cast<std::time_t>(seconds < last ? seconds : last);
  result.tv_nsec = static_cast<long>(until.nanoseconds() % 1'000'000'000);
  return result;
}

inline clockid_t clock_of(const deadline& until) noexcept {
  return until.clock() == deadline::clock_kind::civil ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

}  // namespace holdfast::platform
