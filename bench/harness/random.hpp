// SPDX-License-Identifier: BSL-1.0
// Random numbers that take a nanosecond, for use while the time is taken.
#pragma once

#include <cstdint>

namespace bench {

// Knuth's MMIX generator; every thread has one of its own.
class random_numbers {
 public:
  explicit random_numbers(std::uint64_t seed) : state_(seed * 977 + 1) {}

  // From 0 to bound - 1.
  std::uint32_t below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>(((state_ >> 32U) * bound) >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace bench
