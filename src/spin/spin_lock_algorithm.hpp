// SPDX-License-Identifier: BSL-1.0
// The waiting half of the spin lock.
#pragma once

#include "holdfast/spin/spin_lock.hpp"

#include "spin/polled.hpp"

namespace holdfast {

template <class Platform>
void basic_spin_lock<Platform>::lock_slow() noexcept {
  detail::spin_for_ever<Platform> wait;
  do {
    wait.spin();
    // Only a read while the lock is taken: the owner keeps its cache line.
  } while (word_.load(order::relaxed) != unlocked || !take());
}

template <class Platform>
bool basic_spin_lock<Platform>::try_lock_until(
    const deadline& until, detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept {
  return detail::poll_lock<Platform>(*this, until, waiter);
}

}  // namespace holdfast
