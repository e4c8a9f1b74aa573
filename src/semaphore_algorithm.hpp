// SPDX-License-Identifier: BSL-1.0
// The waiting half of the semaphore.
#pragma once

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/semaphore.hpp"
#include "holdfast/wait/spin_wait.hpp"

#include "lock/lock_token.hpp"

namespace holdfast::detail {

template <class Platform>
bool semaphore_core<Platform>::take_slow(
    const deadline& until, basic_waiter<typename Platform::unchecked>& waiter) noexcept {
  auto& lot = basic_parking_lot<typename Platform::unchecked>::instance();
  spin_before_park<Platform> wait;
  for (;;) {
    // Whoever was woken looks before it gives up: the permit may be meant for it.
    std::uint32_t seen = word_.load(order::relaxed);
    while (seen >= one)
      if (take_from(seen)) return true;
    if (wait.spin()) continue;
    if (waiter.is_interrupted() || Platform::has_passed(until)) return false;
    const auto parked_as = lot.park(
        this, waiter, until, [this] { return mark_parked(); }, [] {}, {.about = 0, .hopes = true});
    if (parked_as.end != park_end::unparked) continue;
    if (is_handed_over(parked_as)) return true;
    wait.start_over();
  }
}

// Runs under the bucket lock, before this thread queues. True if there is no permit and whoever
// adds one cannot miss `parked`.
template <class Platform>
bool semaphore_core<Platform>::mark_parked() noexcept {
  std::uint32_t seen = word_.load(order::relaxed);
  while (seen == 0)
    if (word_.compare_exchange(seen, parked, order::relaxed, order::relaxed)) return true;
  return seen == parked;  // (I1) with the bit set, only we could add a permit now
}

template <class Platform>
bool semaphore_core<Platform>::add_slow(std::uint32_t permits, std::uint32_t max) noexcept {
  std::uint32_t chosen = 0;
  bool fits = true;
  // With a waiter in the queue the count can only sink meanwhile (I1), so what fits before the
  // first is chosen fits in the end.
  const auto choose = [&](std::uintptr_t) {
    if (chosen == 0) fits = permits <= max - count();
    if (!fits || chosen == permits) return pick::stop;
    ++chosen;
    return pick::wake;
  };
  const auto decide = [&](const picked& waiters) {
    const bool hand_over = waiters.woken != 0 && waiters.hand_off;
    if (fits) fits = add_locked(hand_over ? permits - chosen : permits, max, waiters.more);
    // After this line *this may be gone.
    return static_cast<std::uintptr_t>(hand_over ? lock_token::handed_over : lock_token::try_again);
  };
  basic_parking_lot<typename Platform::unchecked>::instance().unpark_picked(this, choose, decide);
  return fits;
}

// Only under the bucket lock. Those who are handed permits are still in acquire, so this exists
// also when there are none to add.
template <class Platform>
bool semaphore_core<Platform>::add_locked(std::uint32_t permits, std::uint32_t max,
                                          bool leave_parked) noexcept {
  std::uint32_t seen = word_.load(order::relaxed);
  std::uint32_t next = 0;
  do {
    if (permits > max - seen / one) return false;
    next = (seen / one + permits) * one | (leave_parked ? parked : 0);
  } while (!word_.compare_exchange(seen, next,
                                   order::release,  // [N1]
                                   order::relaxed));
  return true;
}

}  // namespace holdfast::detail
