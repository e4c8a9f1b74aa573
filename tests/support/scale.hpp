// SPDX-License-Identifier: BSL-1.0
// How much work a test does: by HOLDFAST_TEST_SCALE, the sanitizer and the CPUs it runs on.
#pragma once

#include <cstddef>
#include <cstdlib>

#include "holdfast/platform/cpu.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOLDFAST_TEST_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define HOLDFAST_TEST_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HOLDFAST_TEST_ADDRESS_SANITIZER 1
#endif
#if defined(__SANITIZE_THREAD__)
#define HOLDFAST_TEST_THREAD_SANITIZER 1
#endif

namespace holdfast::test {

#if defined(HOLDFAST_TEST_THREAD_SANITIZER)
inline constexpr bool under_thread_sanitizer = true;
#else
inline constexpr bool under_thread_sanitizer = false;
#endif
#if defined(HOLDFAST_TEST_ADDRESS_SANITIZER)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = under_thread_sanitizer;
#endif

// Wine starts a thread some 20 times slower than Linux, and with one program at a time.
#if defined(_WIN32)
inline constexpr bool starts_threads_slowly = true;
#else
inline constexpr bool starts_threads_slowly = false;
#endif

// HOLDFAST_TEST_SCALE, a whole number; 1 if it is not set.
inline std::size_t test_scale() noexcept {
  const char* const text = std::getenv("HOLDFAST_TEST_SCALE");
  const unsigned long scale = text != nullptr ? std::strtoul(text, nullptr, 10) : 1;
  return scale != 0 ? scale : 1;
}

// Rounds of a test that makes `count` of them at scale 1: fewer where each takes much longer.
inline std::size_t scaled(std::size_t count) noexcept {
  const std::size_t here = under_thread_sanitizer || starts_threads_slowly ? count / 20
                           : under_sanitizer                               ? count / 5
                                                                           : count;
  return (here != 0 ? here : 1) * test_scale();
}

// Locks that serve in order need a CPU for each waiter: each hand-over costs a switch of threads
// otherwise.
inline bool has_cpus_for(std::size_t threads) noexcept { return platform::cpu_count() >= threads; }

}  // namespace holdfast::test
