// SPDX-License-Identifier: BSL-1.0
// The members of a lock that wait with an end, made from one that each lock writes itself.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/wait/wait_ends.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// Base class of a lock. `Lock` has `bool try_lock_until(const deadline&, basic_waiter<typename
// Platform::unchecked>&)`, which gives up when the deadline has passed or the waiter is
// interrupted, and `bool try_lock()`.
template <class Lock, class Platform>
class HOLDFAST_CAPABILITY("mutex") timed_members {
 public:
  // Waits at most `duration`. False if the lock was not obtained.
  template <duration_like Duration>
  [[nodiscard]] bool try_lock_for(const Duration& duration)
      HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    return try_or_wait(duration);
  }

  // Waits until `point`: a deadline, or a point of any clock. False if the lock was not obtained.
  template <wait_point Point>
  [[nodiscard]] bool try_lock_until(const Point& point)
      HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    return try_or_wait(point);
  }

  // Waits until the lock is obtained (true) or a stop is requested (false). If one has been
  // requested already, the lock is not even tried.
  template <stop_token_like Stop>
  [[nodiscard]] bool lock(const Stop& stop) HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    return !stop.stop_requested() && try_or_wait(stop);
  }

  // Both ends at once.
  template <stop_token_like Stop>
  [[nodiscard]] bool try_lock_until(const deadline& until, const Stop& stop)
      HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    return !stop.stop_requested() && try_or_wait(until, stop);
  }

 private:
  template <class... Ends>
  bool try_or_wait(const Ends&... ends) HOLDFAST_UNANALYSED {
    return self().try_lock() ||
           wait_ends<Platform>::apply(
               [this](const deadline& until, typename wait_ends<Platform>::waiter& waiter) {
                 return self().try_lock_until(until, waiter);
               },
               ends...);
  }

  Lock& self() noexcept { return static_cast<Lock&>(*this); }
};

}  // namespace holdfast::detail
