// SPDX-License-Identifier: BSL-1.0
// What threads that share a lock do with it, and without.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "harness/timing.hpp"

namespace bench {

struct shape {
  const char* name;
  double inside;       // nanoseconds of work with the lock held
  double outside;      // and without, between bursts
  unsigned burst = 1;  // sections back to back
};

inline constexpr shape empty_section{"empty section", 0, 0};
inline constexpr shape outside_100ns{"100 ns outside", 0, 100};
inline constexpr shape inside_1us{"1 us inside", 1000, 0};

// A shape in steps of work, and for how many threads.
struct load {
  load(const shape& form, unsigned thread_count, std::chrono::milliseconds lasting,
       double steps_a_nanosecond)
      : threads(thread_count),
        inside(static_cast<std::uint64_t>(form.inside * steps_a_nanosecond)),
        outside(static_cast<std::uint64_t>(form.outside * steps_a_nanosecond)),
        burst(form.burst),
        window(lasting) {}

  unsigned threads;
  std::uint64_t inside;
  std::uint64_t outside;
  unsigned burst;
  std::chrono::milliseconds window;
};

// With many threads it takes longer until each had its turn.
inline std::chrono::milliseconds window_for(unsigned threads, bool quick) {
  if (quick) return std::chrono::milliseconds(50);
  return std::chrono::milliseconds(threads < 64 ? 100 : 200);
}

}  // namespace bench
