// SPDX-License-Identifier: BSL-1.0
// The waiting half of the ticket lock.
#pragma once

#include "holdfast/spin/ticket_lock.hpp"

#include "spin/polled.hpp"

namespace holdfast {

template <class Platform>
void basic_ticket_lock<Platform>::lock_slow(std::uint32_t mine) noexcept {
  detail::spin_for_ever<Platform> wait;
  for (;;) {
    const std::uint32_t ahead = mine - serving_.load(order::acquire);  // [L3]
    if (ahead == 0) return;
    // Only as many as there are CPUs can run at a time: those behind make room for those before.
    if (ahead < Platform::cpu_count())
      wait.spin();
    else
      wait.make_room();
  }
}

template <class Platform>
bool basic_ticket_lock<Platform>::try_lock_until(
    const deadline& until, detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept {
  return detail::poll_lock<Platform>(*this, until, waiter);
}

}  // namespace holdfast
