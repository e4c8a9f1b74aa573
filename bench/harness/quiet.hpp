// SPDX-License-Identifier: BSL-1.0
// Measuring in peace: samples taken while somebody else used the CPUs are taken again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "harness/host.hpp"
#include "harness/placement.hpp"
#include "harness/timing.hpp"

namespace bench {

// CPUs that others may use during a sample: more, and the sample is rejected.
inline constexpr double tolerated_load = 0.3;

// Takes the samples of one workload, and knows how quiet it was.
class quiet_room {
 public:
  // On a machine that is never quiet it gives up after half as many again as are `planned`.
  explicit quiet_room(std::size_t planned)
      : retries_left_(std::max<std::size_t>(20, planned / 2)) {}

  // The result of `take()`, which should last 50 ms or more as the kernel counts others' time in
  // ticks of 10 ms. Taken again while others ran; of a few such tries the quietest is kept.
  template <class Take>
  auto sample(Take take) {
    auto best = attempt(take);
    for (int i = 1; i < tries_at_most && best.second > tolerated_load && retries_left_ > 0; ++i) {
      --retries_left_;
      ++rejected_;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));  // perhaps they are done then
      auto next = attempt(take);
      if (next.second < best.second) best = std::move(next);
    }
    ++kept_;
    if (best.second > tolerated_load) ++disturbed_;
    return std::move(best.first);
  }

  // For samples of several threads: where the CPUs are, before each. Not in a process that is to have
  // a single thread.
  void probe_placement() { placement_.probe(); }

  // The lines under a table; `unit` is what the samples are called.
  std::string summary(const char* unit) const;
  nlohmann::ordered_json to_json() const;

 private:
  static constexpr int tries_at_most = 4;

  template <class Take>
  static auto attempt(Take& take) {
    const cpu_time before = cpu_time_now();
    const auto begin = clock::now();
    auto result = take();
    return std::pair(std::move(result), load_since(before, begin));
  }

  // CPUs that others than this process used, on average; less a tick, as one may be our own.
  static double load_since(const cpu_time& before, clock::time_point begin);

  std::size_t retries_left_;
  std::size_t rejected_ = 0;   // taken again
  std::size_t disturbed_ = 0;  // kept although others ran: no try was quiet
  std::size_t kept_ = 0;
  placement_log placement_;
};

}  // namespace bench
