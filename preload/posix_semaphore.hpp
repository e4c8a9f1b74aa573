// SPDX-License-Identifier: BSL-1.0
// The semaphore of POSIX, in the word of the C library: a post takes no lock.
#pragma once

#include <bit>
#include <climits>
#include <cstdint>

#include "holdfast/platform/atomic.hpp"

namespace preload {

// Not semaphore, whose waiters are in the lot (docs/decisions/0024). One word.
//
//  bits  | meaning
//  0-31  | the value, on which waiters sleep
//  32-63 | how many threads wait, or are about to
//
// Whoever adds to the value while somebody waits wakes one; whoever has been woken, and does not take,
// wakes another one. So as many waiters are awake as there are permits, or all.
template <class Platform>
class posix_semaphore {
 public:
  using word = typename Platform::template atomic<std::uint64_t>;
  static constexpr std::uint32_t most = INT_MAX;  // permits

  bool try_take() noexcept { return take(permit); }

  // For who found nothing. `sleep` is given the word and sleeps while its lower half is 0; its answer is
  // 0, or else why the thread gives up, which is the result then. A thread that is cancelled in `sleep`
  // calls leave().
  template <class Sleep>
  int take_slow(Sleep sleep) {
    word_.fetch_add(waiter, order::relaxed);
    for (;;) {
      if (take(permit + waiter)) return 0;
      if (const int reason = sleep(word_); reason != 0) {
        leave();
        return reason;
      }
    }
  }

  // Who gives up may have been woken for a permit that it does not take.
  void leave() noexcept {
    const word* const place = &word_;
    const std::uint64_t before = word_.fetch_add(-waiter, order::relaxed);
    // After this line *this may be gone.
    if (value_of(before) != 0 && before >= 2 * waiter) Platform::futex_wake_half(place, 1);
  }

  // False if there are `most`.
  bool post() noexcept {
    const word* const place = &word_;
    std::uint64_t seen = word_.load(order::relaxed);
    do {
      if (value_of(seen) == most) return false;
    } while (!word_.compare_exchange(seen, seen + permit,
                                     order::release,  // [X2]
                                     order::relaxed));
    // After this line *this may be gone.
    if (seen >= waiter) Platform::futex_wake_half(place, 1);
    return true;
  }

  std::uint32_t value() const noexcept { return value_of(word_.load(order::relaxed)); }
  bool has_waiters() const noexcept { return word_.load(order::relaxed) >= waiter; }

 private:
  using order = holdfast::platform::order;

  static constexpr std::uint64_t permit = 1;
  static constexpr std::uint64_t waiter = std::uint64_t{1} << 32;
  static constexpr std::uint32_t value_of(std::uint64_t seen) noexcept {
    return static_cast<std::uint32_t>(seen);
  }

  bool take(std::uint64_t step) noexcept {
    std::uint64_t seen = word_.load(order::relaxed);
    while (value_of(seen) != 0)
      if (word_.compare_exchange(seen, seen - step,
                                 order::acquire,  // [X2] receives the writes before the post
                                 order::relaxed))
        return true;
    return false;
  }

  word word_;
};
static_assert(std::endian::native == std::endian::little, "the value is where the word begins");

}  // namespace preload
