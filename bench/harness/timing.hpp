// SPDX-License-Identifier: BSL-1.0
// The clock of every sample, and the barrier that keeps the compiler from folding it.
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

}  // namespace bench
