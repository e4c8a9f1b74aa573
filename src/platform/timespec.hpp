// SPDX-License-Identifier: BSL-1.0
// A deadline as POSIX takes it: a point in time, and the clock it is on.
#pragma once

#include <ctime>

#include "holdfast/base/deadline.hpp"

namespace holdfast::platform {

// Of a deadline that comes: never has no such point.
inline struct timespec to_timespec(const deadline& until) noexcept {
  struct timespec result{};
  result.tv_sec = static_cast<std::time_t>(until.nanoseconds() / 1'000'000'000);
  result.tv_nsec = static_cast<long>(until.nanoseconds() % 1'000'000'000);
  return result;
}

inline clockid_t clock_of(const deadline& until) noexcept {
  return until.clock() == deadline::clock_kind::civil ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

}  // namespace holdfast::platform
