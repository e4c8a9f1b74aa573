// SPDX-License-Identifier: BSL-1.0
// Threads of the simulated machine that share a lock, and what came of it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "simulator/costs.hpp"
#include "simulator/machine.hpp"

namespace simulator {

// Work, each time a quarter more or less.
struct work {
  ns inside = 0;  // with the lock held
  ns outside = 0;
};

struct experiment {
  topology where{};
  costs cost{};
  unsigned threads = 2;
  work each{};
  ns warm_up = 20'000'000;  // threads learn what the lock is like
  ns lasts = 20'000'000;    // after that
  std::uint64_t seed = 1;
};

// What is "a section" is NaN if there was none.
struct result {
  double sections_per_us = 0;
  double transfers = 0;          // of cache lines, a section
  double transfers_of_lock = 0;  // of these, the lock's line
  double far_transfers = 0;      // of these, between sockets
  double jain = 0;
  double cpus = 0;      // in use, on average
  double sleeps = 0;    // a section
  double wakes = 0;     // a section, by another thread
  ns longest_wait = 0;  // in lock(), in the measured time
  unsigned broken = 0;  // sections with two threads inside
  unsigned lost = 0;    // threads that would have slept for ever

  bool operator==(const result&) const = default;
};

struct contender {
  const char* name;
  const char* what;
  result (*run)(const experiment&);
};

const std::vector<contender>& all_contenders();

}  // namespace simulator
