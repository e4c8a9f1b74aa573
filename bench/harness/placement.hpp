// SPDX-License-Identifier: BSL-1.0
// How far apart the CPUs are: how long a cache line takes from one to another and back. On a virtual
// machine that changes while one looks, and every lock gets faster or slower with it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

// Nanoseconds for a cache line from one CPU to the next and back, the median of some tries of a few
// microseconds; NaN if there is one CPU only, or the threads could not run at the same time. Starts
// two threads for about a millisecond, the only ones that are ever bound to a CPU.
double cache_line_round_trip();

// The round trips seen during some samples.
class placement_log {
 public:
  void probe() { seen_.push_back(cache_line_round_trip()); }
  std::size_t probes() const { return seen_.size(); }

  // "near", "middle", "far", "mixed" or "unknown".
  const char* kind() const;
  // "a cache line between two CPUs and back: 58 ns, IQR 3 %, 52 to 310 ns: near"
  std::string summary() const;
  nlohmann::ordered_json to_json() const;

 private:
  std::vector<double> known() const;

  std::vector<double> seen_;
};

}  // namespace bench
