// SPDX-License-Identifier: BSL-1.0
// How a coroutine gets a permit.
#pragma once

#include "holdfast/coroutine/async_semaphore.hpp"

#include "lock/lock_token.hpp"

namespace holdfast::detail {

template <class Platform>
bool async_take<Platform>::is_taken() noexcept {
  return has_permit_ = is_handed_over(this->ended()) || from_.take();
}

template <class Platform>
bool async_take<Platform>::advance() noexcept {
  do {
    // Whoever was woken looks before it gives up: the permit may be meant for it.
    if (is_taken() || this->gives_up()) return true;
  } while (!this->queue(&from_, [this] { return async_access::mark_parked(from_); }));
  return false;
}

// Whoever was woken in vain leaves the permit there and others asleep: the next release wakes one.
template <class Platform>
void async_take<Platform>::pass_on() noexcept {
  if (this->ended().end == park_end::unparked && is_taken()) static_cast<void>(from_.add(1, max_));
}

}  // namespace holdfast::detail
