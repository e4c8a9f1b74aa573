// SPDX-License-Identifier: BSL-1.0
// Sleep until any of several words changes, in shared memory or not.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"

namespace holdfast::process::detail {

// Whoever sleeps looks again after so long, whatever he waits for. Wakes are how a change is noticed
// at once; this is why none has to be relied upon: whoever should have sent or received one may have
// been killed. (Nanoseconds; a look costs some microseconds. 2026-11-30.)
inline constexpr std::int64_t look_again_ns = 50'000'000;

// The same where the system cannot watch more than one word: then stops and deaths are noticed so.
inline constexpr std::int64_t look_again_blind_ns = 10'000'000;

// Wakes up to `count` sleepers of any process. Returns how many.
int wake_shared(const platform::atomic<std::uint32_t>& word, int count) noexcept;

class wait_set {
 public:
  static constexpr std::size_t capacity = 128;  // FUTEX_WAITV_MAX

  void add_shared(const std::uint32_t* word, std::uint32_t expected) noexcept {
    add(word, expected, 0);
  }
  void add_private(const std::uint32_t* word, std::uint32_t expected) noexcept {
    add(word, expected, is_private);
  }

  // Until a word is not what was expected or its sleepers are woken, until `until`, or for a while:
  // callers look at everything again. The first word is the one to watch if only one can be.
  void sleep(const deadline& until) noexcept;

  // For tests: as on a system that can only watch one word.
  static bool is_blind;

 private:
  // The kernel's struct futex_waitv, which its headers do not have before 5.16.
  struct watched {
    std::uint64_t expected;
    std::uint64_t address;
    std::uint32_t flags;
    std::uint32_t reserved;
  };
  static constexpr std::uint32_t is_32_bits = 2;
  static constexpr std::uint32_t is_private = 128;

  void add(const std::uint32_t* word, std::uint32_t expected, std::uint32_t flags) noexcept {
    if (size_ == capacity) return;
    words_[size_++] = {expected, reinterpret_cast<std::uintptr_t>(word), is_32_bits | flags, 0};
  }
  bool sleep_on_all(const deadline& until) const noexcept;
  void sleep_on_first(const deadline& until) const noexcept;

  std::size_t size_ = 0;
  watched words_[capacity];
};

}  // namespace holdfast::process::detail
