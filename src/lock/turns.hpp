// SPDX-License-Identifier: BSL-1.0
// Sleeping until a turn, on a lock that is crowded (docs/design/turns.md).
#pragma once

#include <cstdint>

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/crowding.hpp"

#include "lock/lock_token.hpp"

namespace holdfast::detail {

// Sleeps until its turn, which comes after those of all who sleep under `key` already, if `validate`
// agrees. Nobody has to wake it.
template <class Platform>
park_result sleep_until_turn(const void* key, basic_waiter<typename Platform::unchecked>& waiter,
                             const deadline& until, function_ref<bool()> validate) noexcept {
  auto& lot = basic_parking_lot<typename Platform::unchecked>::instance();
  std::uintptr_t newest = 0;
  lot.look_at_newest(key, [&newest](std::uintptr_t at) { newest = at; });
  const auto next = crowding<Platform>::turn_after(newest);
  return lot.park(key, waiter, earlier(until, next.until), validate, [] {}, {.about = next.at});
}

// Whoever finds the lock free at its turn wakes the next: those who kept it busy have gone.
template <class Platform>
void call_next_turn(const void* key) noexcept {
  basic_parking_lot<typename Platform::unchecked>::instance().unpark_one(
      key, [](unpark_info) { return static_cast<std::uintptr_t>(lock_token::try_again); });
}

}  // namespace holdfast::detail
