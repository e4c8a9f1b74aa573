// SPDX-License-Identifier: BSL-1.0
// Measuring in peace: samples taken while somebody else used the CPUs are taken again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

#include "harness/host.hpp"
#include "harness/timing.hpp"

namespace bench {

// CPUs that others may use during a sample: more, and the sample is rejected.
inline constexpr double tolerated_load = 0.3;

// How many tries in a row before the quietest of them is taken as it is.
inline constexpr int tries_at_most = 4;

// How a workload's samples came about; shown under its table.
struct quiet_statistics {
  std::size_t rejected = 0;   // taken again
  std::size_t disturbed = 0;  // kept although others ran: no try was quiet
  std::size_t kept = 0;
};

// CPUs that others than this process used since `before`, on average.
inline double load_since(const cpu_time& before, clock::time_point begin) {
  const cpu_time now = cpu_time_now();
  const double others = (now.everyone - before.everyone) - (now.own - before.own);
  return std::max(0.0, others) / seconds_since(begin);
}

// The result of `measure()`, which should take 50 ms or more as the kernel counts others' time in
// ticks of 10 ms.
template <class Measure>
auto measure_quietly(quiet_statistics& statistics, Measure measure) {
  const auto attempt = [&measure] {
    const cpu_time before = cpu_time_now();
    const auto begin = clock::now();
    auto result = measure();
    return std::pair(std::move(result), load_since(before, begin));
  };
  auto best = attempt();
  for (int i = 1; i < tries_at_most && best.second > tolerated_load; ++i) {
    ++statistics.rejected;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // perhaps they are done then
    auto next = attempt();
    if (next.second < best.second) best = std::move(next);
  }
  ++statistics.kept;
  if (best.second > tolerated_load) ++statistics.disturbed;
  return std::move(best.first);
}

}  // namespace bench
