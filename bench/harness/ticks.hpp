// SPDX-License-Identifier: BSL-1.0
// The cheapest clock there is, for timing a single call: the counter of the CPU where it has one.
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

}  // namespace bench
