// SPDX-License-Identifier: BSL-1.0
// The clock of every sample, the barrier that keeps the compiler from folding it, and work of a
// known length.
#pragma once

#include <chrono>
#include <cstdint>

namespace bench {

using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

// The compiler has to store `value` and load it again.
inline void keep(long& value) { __asm__ __volatile__("" : "+m"(value)); }

// The same for what is written at `place`.
inline void keep_memory(const void* place) { __asm__ __volatile__("" : : "r"(place) : "memory"); }

// Keeps the CPU busy for some time that does not depend on memory, and counts only while running:
// being preempted makes it no shorter.
inline void work(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) __asm__ __volatile__("" : "+r"(i));
}

// How many steps of work fit into a nanosecond here; the fastest of some tries counts.
double steps_in_a_nanosecond();

}  // namespace bench
