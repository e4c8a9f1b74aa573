// SPDX-License-Identifier: BSL-1.0
// The lock of a queue of waiters: the classic three-state futex mutex, which needs no queue of its
// own.
#pragma once

#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"

namespace holdfast::detail {

// Held for some tens of nanoseconds at a time. All zero is unlocked. (U. Drepper, "Futexes Are
// Tricky", mutex 2.)
//
//   0 unlocked    1 locked    2 locked, and somebody may be asleep
template <class Platform>
class futex_mutex {
 public:
  void lock() noexcept {
    std::uint32_t seen = unlocked;
    if (state_.compare_exchange(seen, locked, order::acquire, order::relaxed)) return;  // [Q1]
    lock_slow();
  }

  void unlock() noexcept {
    auto* const word = &state_;
    if (word->exchange(unlocked, order::release) == contended)  // [Q1]
      Platform::futex_wake(word, 1);
  }

 private:
  using order = platform::order;
  static constexpr std::uint32_t unlocked = 0;
  static constexpr std::uint32_t locked = 1;
  static constexpr std::uint32_t contended = 2;

  void lock_slow() noexcept {
    for (unsigned i = 0; i < 40 && Platform::cpu_count() > 1; ++i) {
      std::uint32_t seen = state_.load(order::relaxed);
      if (seen == unlocked &&
          state_.compare_exchange(seen, locked, order::acquire, order::relaxed))  // [Q1]
        return;
      Platform::pause();
    }
    // Whoever sleeps, or may have slept, locks as `contended`: a wake too many is harmless, one too
    // few is not.
    while (state_.exchange(contended, order::acquire) != unlocked)  // [Q1]
      Platform::futex_wait(state_, contended, deadline::never());
  }

  typename Platform::template atomic<std::uint32_t> state_;
};

}  // namespace holdfast::detail
