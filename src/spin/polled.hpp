// SPDX-License-Identifier: BSL-1.0
// The wait with an end of the locks that spin: look, back off, look again.
#pragma once

#include "holdfast/base/deadline.hpp"
#include "holdfast/wait/spin_wait.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// Tries to lock until it succeeds, `until` has passed, or `waiter` is interrupted. True if locked.
template <class Platform, class Lock>
bool poll_lock(Lock& lock, const deadline& until,
               const basic_waiter<typename Platform::unchecked>& waiter) noexcept
    HOLDFAST_UNANALYSED {
  Platform::about_to_lock(&lock, Lock::name);
  spin_for_ever<Platform> wait;
  while (!lock.try_lock()) {
    if (waiter.is_interrupted() || Platform::has_passed(until)) return false;
    wait.spin();
  }
  return true;
}

}  // namespace holdfast::detail
