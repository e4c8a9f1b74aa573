// SPDX-License-Identifier: BSL-1.0
// The cheapest clock there is, for timing a single call: the counter of the CPU where it has one; and
// work of a known length.
#pragma once

#include <cstdint>

#include "harness/timing.hpp"

namespace bench {

#if defined(__x86_64__)
inline constexpr const char* name_of_ticks = "time stamp counter";

// Waits for what comes before it in the program.
inline std::uint64_t ticks_now() noexcept {
  unsigned cpu = 0;
  return __builtin_ia32_rdtscp(&cpu);
}
#else
inline constexpr const char* name_of_ticks = "steady_clock";

inline std::uint64_t ticks_now() noexcept {
  return static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
}
#endif

// Measured once, for some 20 ms.
double nanoseconds_a_tick();

// Keeps the CPU busy for so many ticks and some, without memory. By the clock and not by counting, as the speed of
// a virtual CPU changes by half with what its neighbours do; so a preemption counts as work, too.
inline void work(std::uint64_t ticks) {
  if (ticks == 0) return;
#if defined(__x86_64__)
  const std::uint64_t begin = __builtin_ia32_rdtsc();
  while (__builtin_ia32_rdtsc() - begin < ticks) {
  }
#else
  const std::uint64_t begin = ticks_now();
  while (ticks_now() - begin < ticks) {
  }
#endif
}

// What to ask of work() so that it takes so long all in all.
std::uint64_t ticks_of_work(double nanoseconds);

}  // namespace bench
