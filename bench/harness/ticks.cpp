// SPDX-License-Identifier: BSL-1.0
// The calibration of the ticks against the clock.
#include "harness/ticks.hpp"

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

}  // namespace bench
