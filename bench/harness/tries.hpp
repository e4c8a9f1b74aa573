// SPDX-License-Identifier: BSL-1.0
// Timing something a few times in a row.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/host.hpp"
#include "harness/timing.hpp"

namespace bench {

inline constexpr int tries_a_sample = 3;

// Nanoseconds for each of the `count` things that a call of `run()` does, by try. A try during which
// the scheduler stepped in is taken again, a few times.
template <class Run>
std::vector<double> tries_of(std::uint64_t count, Run run) {
  std::vector<double> tries;
  for (int left = 2 * tries_a_sample; left > 0 && tries.size() < tries_a_sample; --left) {
    const long switches = involuntary_switches();
    const auto begin = clock::now();
    run();
    const double seconds = seconds_since(begin);
    const bool enough_left = left > tries_a_sample - static_cast<int>(tries.size());
    if (involuntary_switches() == switches || !enough_left)
      tries.push_back(seconds * 1e9 / static_cast<double>(count));
  }
  return tries;
}

}  // namespace bench
