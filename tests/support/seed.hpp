// SPDX-License-Identifier: BSL-1.0
// Random numbers that can be had again: the seed is printed and read from HOLDFAST_TEST_SEED.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace holdfast::test {

// The seed of this run, printed once.
inline std::uint64_t test_seed() {
  static const std::uint64_t seed = [] {
    const char* const text = std::getenv("HOLDFAST_TEST_SEED");
    const std::uint64_t chosen =
        text != nullptr ? std::strtoull(text, nullptr, 10) : std::uint64_t{std::random_device{}()};
    std::printf("seed %llu; to repeat: HOLDFAST_TEST_SEED=%llu\n",
                static_cast<unsigned long long>(chosen), static_cast<unsigned long long>(chosen));
    std::fflush(stdout);
    return chosen;
  }();
  return seed;
}

// Each thread of a test has one, told apart by `stream`. (Source: splitmix64, S. Vigna.)
class random_numbers {
 public:
  explicit random_numbers(std::uint64_t stream)
      : state_(test_seed() + stream * 0x9E37'79B9'7F4A'7C15ULL) {}

  std::uint64_t next() noexcept {
    state_ += 0x9E37'79B9'7F4A'7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EBULL;
    return z ^ (z >> 31U);
  }

  // From 0 to `end` - 1.
  std::uint64_t below(std::uint64_t end) noexcept { return next() % end; }

 private:
  std::uint64_t state_;
};

}  // namespace holdfast::test
