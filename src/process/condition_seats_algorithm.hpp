// SPDX-License-Identifier: BSL-1.0
// How seats are taken, marked and swept.
#pragma once

#include <climits>
#include <cstdint>

#include "holdfast/process/condition_seats.hpp"

namespace holdfast::process::detail {

inline constexpr std::uint32_t somebody_is_in_the_crowd = 1;
inline constexpr std::uint32_t one_signal_to_the_crowd = 2;

// The lowest that is free.
template <class Platform, std::uint32_t Count>
auto condition_seats<Platform, Count>::take() noexcept -> seat* {
  using platform::order;
  for (std::uint32_t index = 0; index < Count; ++index) {
    seat& mine = seats_[index];
    if (mine.state.load(order::relaxed) != empty) continue;
    if (mine.alive.try_lock() == lock_end::gave_up) continue;
    if (mine.state.load(order::relaxed) != empty) {
      // Taken in between by one who died since.
      sweep(mine);
      continue;
    }
    std::uint32_t used = used_.load(order::relaxed);
    while (used <= index &&
           !used_.compare_exchange(used, index + 1, order::relaxed, order::relaxed)) {
    }
    mine.number.store(next_number_.fetch_add(1, order::relaxed), order::relaxed);
    mine.state.store(waiting, order::release);  // [PC1]
    return &mine;
  }
  return nullptr;
}

template <class Platform, std::uint32_t Count>
bool condition_seats<Platform, Count>::has_signal(const seat& mine) const noexcept {
  return mine.state.load(platform::order::acquire) == notified;  // [PC2]
}

template <class Platform, std::uint32_t Count>
bool condition_seats<Platform, Count>::withdraw(seat& mine) noexcept {
  std::uint32_t seen = waiting;
  return mine.state.compare_exchange(seen, empty, platform::order::relaxed,
                                     platform::order::acquire);  // [PC2]
}

// A signal that comes when it is no longer wanted goes to another.
template <class Platform, std::uint32_t Count>
void condition_seats<Platform, Count>::give_back(seat& mine, bool has_received) noexcept {
  using platform::order;
  std::uint32_t seen = waiting;
  if (!has_received && !mine.state.compare_exchange(seen, empty, order::relaxed, order::relaxed) &&
      seen == notified)
    notify_one();
  mine.state.store(empty, order::relaxed);
  mine.alive.unlock();
}

template <class Platform, std::uint32_t Count>
std::uint32_t condition_seats<Platform, Count>::join_crowd() noexcept {
  return crowd_.fetch_or(somebody_is_in_the_crowd, platform::order::relaxed) |
         somebody_is_in_the_crowd;
}

template <class Platform, std::uint32_t Count>
bool condition_seats<Platform, Count>::crowd_has_signal(std::uint32_t seen) const noexcept {
  return crowd_.load(platform::order::acquire) != seen;  // [PC2]
}

// With `alive` of the seat held, which it releases. That makes the seat look alive: a notifier may still
// mark it, so that `waiting` is changed by a compare-and-swap. If we die in the midst the next one
// passes the signal on again.
template <class Platform, std::uint32_t Count>
void condition_seats<Platform, Count>::sweep(seat& of) noexcept {
  using platform::order;
  std::uint32_t seen = waiting;
  if (!of.state.compare_exchange(seen, empty, order::relaxed, order::relaxed) && seen == notified) {
    notify_one();
    of.state.store(empty, order::relaxed);
  }
  of.alive.unlock();
}

template <class Platform, std::uint32_t Count>
void condition_seats<Platform, Count>::sweep_all() noexcept {
  const std::uint32_t used = used_.load(platform::order::relaxed);
  for (std::uint32_t index = 0; index < used; ++index) {
    seat& of = seats_[index];
    if (of.state.load(platform::order::relaxed) != empty &&
        of.alive.try_lock() != lock_end::gave_up)
      sweep(of);
  }
}

// The one that waits longest, or null.
template <class Platform, std::uint32_t Count>
auto condition_seats<Platform, Count>::next_to_wake() noexcept -> seat* {
  using platform::order;
  seat* longest = nullptr;
  std::uint64_t number = 0;
  const std::uint32_t used = used_.load(order::relaxed);
  for (std::uint32_t index = 0; index < used; ++index) {
    seat& candidate = seats_[index];
    if (candidate.state.load(order::acquire) != waiting) continue;  // [PC1]
    const std::uint64_t its = candidate.number.load(order::relaxed);
    if (longest == nullptr || its < number) {
      longest = &candidate;
      number = its;
    }
  }
  return longest;
}

// False if nobody waits with a seat.
template <class Platform, std::uint32_t Count>
bool condition_seats<Platform, Count>::notify_seated() noexcept {
  using platform::order;
  while (seat* const next = next_to_wake()) {
    if (next->alive.try_lock() != lock_end::gave_up) {
      sweep(*next);  // it has died, or has just left
      continue;
    }
    std::uint32_t seen = waiting;
    if (next->state.compare_exchange(seen, notified, order::release,  // [PC2]
                                     order::relaxed)) {
      Platform::wake(next->state, 1);
      return true;
    }
  }
  return false;
}

template <class Platform, std::uint32_t Count>
void condition_seats<Platform, Count>::notify_crowd() noexcept {
  using platform::order;
  std::uint32_t seen = crowd_.load(order::relaxed);
  while ((seen & somebody_is_in_the_crowd) != 0)
    if (crowd_.compare_exchange(seen, (seen & ~somebody_is_in_the_crowd) + one_signal_to_the_crowd,
                                order::release,  // [PC2]
                                order::relaxed)) {
      Platform::wake(crowd_, INT_MAX);
      return;
    }
}

template <class Platform, std::uint32_t Count>
std::size_t condition_seats<Platform, Count>::notify_one() noexcept {
  if (notify_seated()) return 1;
  notify_crowd();
  return 0;
}

template <class Platform, std::uint32_t Count>
std::size_t condition_seats<Platform, Count>::notify_all() noexcept {
  std::size_t woken = 0;
  // Those who come after us have larger numbers, and may wait on.
  const std::uint64_t end = next_number_.load(platform::order::relaxed);
  for (;;) {
    seat* const next = next_to_wake();
    if (next == nullptr || next->number.load(platform::order::relaxed) >= end) break;
    if (!notify_seated()) break;
    ++woken;
  }
  notify_crowd();
  return woken;
}

}  // namespace holdfast::process::detail
