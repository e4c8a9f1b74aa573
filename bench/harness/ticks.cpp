// SPDX-License-Identifier: BSL-1.0
// The calibration of the ticks against the clock.
#include "harness/ticks.hpp"

#include <algorithm>

namespace bench {

double nanoseconds_a_tick() {
  static const double found = [] {
    const auto begin = clock::now();
    const std::uint64_t first = ticks_now();
    double seconds = 0;
    while (seconds < 0.02) seconds = seconds_since(begin);
    return seconds * 1e9 / static_cast<double>(ticks_now() - first);
  }();
  return found;
}

std::uint64_t ticks_of_work(double nanoseconds) {
  // The clock is read once more than needed, and looked at too late by half of what that takes.
  static const double more = [] {
    constexpr int tries = 1000;
    constexpr double asked = 1000;
    double least = 1;
    for (int i = 0; i < 5; ++i) {
      const auto begin = clock::now();
      for (int n = 0; n < tries; ++n)
        work(static_cast<std::uint64_t>(asked / nanoseconds_a_tick()));
      least = std::min(least, seconds_since(begin));
    }
    return least * 1e9 / tries - asked;
  }();
  return nanoseconds <= 0
             ? 0
             : static_cast<std::uint64_t>(std::max(nanoseconds - more, 1.0) / nanoseconds_a_tick());
}

}  // namespace bench
