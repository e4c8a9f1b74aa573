// SPDX-License-Identifier: BSL-1.0
// The calibration of work.
#include "harness/timing.hpp"

#include <algorithm>

namespace bench {

double steps_in_a_nanosecond() {
  constexpr std::uint64_t tried = 200'000;
  double shortest = 1;
  for (int i = 0; i < 20; ++i) {
    const auto begin = clock::now();
    work(tried);
    shortest = std::min(shortest, seconds_since(begin));
  }
  return static_cast<double>(tried) / (shortest * 1e9);
}

}  // namespace bench
