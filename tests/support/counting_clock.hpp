// SPDX-License-Identifier: BSL-1.0
// A clock of the user's that every look moves on by a millisecond, whatever the time.
#pragma once

#include <atomic>
#include <chrono>

namespace holdfast::test {

struct counting_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<counting_clock>;
  [[maybe_unused]] static constexpr bool is_steady = false;
  static inline std::atomic<rep> ticks{0};
  static time_point now() noexcept { return time_point(duration(ticks.fetch_add(1))); }
};

}  // namespace holdfast::test
