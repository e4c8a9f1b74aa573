// SPDX-License-Identifier: BSL-1.0
// What a thread remembers of the locks for which it has waited.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Times are nanoseconds on the monotonic clock. What is made of it: wait/crowding.hpp.
struct crowd_memory {
  // Some waits are timed; and every time that the thread gives the lock to a waiter.
  enum class stage_of_sample : std::uint8_t { not_sampled, waiting, away, gave };

  const void* lock = nullptr;   // of which this tells; it may be gone
  std::int64_t since = 0;       // when the stage began
  std::int64_t waited = 0;      // the last time that was timed
  std::int64_t got_at = 0;      // the end of that, until the thread comes again
  std::int64_t round = 0;       // from that until it came again
  std::int64_t transfer = 100;  // what it takes to fetch the lock's cache line
  std::int32_t evidence = 0;    // that the lock is crowded
  stage_of_sample stage = stage_of_sample::not_sampled;
  std::uint8_t waits = 0;
  std::uint8_t vain = 0;       // that patience was of late, and
  std::uint8_t impatient = 0;  // how many waits do without
};

// The calling thread's memory of `lock`, or of another lock that has the same place.
HOLDFAST_EXPORT crowd_memory& my_crowd_memory(const void* lock) noexcept;

}  // namespace holdfast::platform
