// SPDX-License-Identifier: BSL-1.0
// What a thread remembers of the locks for which it has waited.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Times are nanoseconds on the monotonic clock. What is made of it: wait/crowding.hpp.
struct crowd_memory {
  const void* lock = nullptr;  // of which this tells; it may be gone
  std::int64_t since = 0;      // when this thread last came to it, got it or gave it to a waiter
  std::int64_t waited = 0;     // how long, the last time
  std::int64_t transfer = 0;   // what it takes to fetch the lock's cache line
  std::int32_t evidence = 0;   // that the lock is crowded
  std::uint8_t tries = 0;
  bool gave = false;  // to a waiter, at `since`
};

// The calling thread's memory of `lock`, or of another lock that has the same place.
HOLDFAST_EXPORT crowd_memory& my_crowd_memory(const void* lock) noexcept;

}  // namespace holdfast::platform
