// SPDX-License-Identifier: BSL-1.0
// The waiting half of the queue lock.
#pragma once

#include "holdfast/spin/mcs_lock.hpp"

#include "spin/polled.hpp"

namespace holdfast {

template <class Platform>
struct basic_mcs_lock<Platform>::node {
  typename Platform::template atomic<node*> next;
  typename Platform::template atomic<std::uint8_t> first;  // its owner is first in line
};

template <class Platform>
void basic_mcs_lock<Platform>::lock_slow() noexcept {
  node mine;
  // [M1] whoever comes next finds `mine` initialised.
  node* const before = last_.exchange(&mine, order::acq_rel);  // [M1]
  if (before != nullptr) {
    before->next.store(&mine, order::release);  // [M2]
    detail::spin_for_ever<Platform> in_line;
    while (mine.first.load(order::relaxed) == 0) in_line.spin();
  }

  detail::spin_for_ever<Platform> first_in_line;
  while (held_.load(order::relaxed) != 0 || !take()) first_in_line.spin();

  // The lock is ours: leave the line and make the next one first.
  node* expected = &mine;
  if (last_.compare_exchange(expected, nullptr, order::relaxed, order::relaxed)) return;
  detail::spin_for_ever<Platform> for_link;
  node* following = nullptr;
  while ((following = mine.next.load(order::acquire)) == nullptr) for_link.spin();  // [M2]
  // Nothing crosses with the turn: the next one leaves, and its node with it, only when it has taken
  // the lock that is ours now.
  following->first.store(1, order::relaxed);
}

template <class Platform>
bool basic_mcs_lock<Platform>::try_lock_until(
    const deadline& until, detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept {
  return detail::poll_lock<Platform>(*this, until, waiter);
}

}  // namespace holdfast
