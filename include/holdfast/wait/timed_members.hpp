// SPDX-License-Identifier: BSL-1.0
// The members of a lock that wait with an end, made from one that each lock writes itself.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
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
    return self().try_lock() || try_lock_until(deadline::in(duration));
  }

  // Waits until `point` of its clock, which may be any clock. False if the lock was not obtained.
  template <time_point_like TimePoint>
  [[nodiscard]] bool try_lock_until(const TimePoint& point)
      HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    if (self().try_lock()) return true;
    do {
      if (try_lock_until(deadline::at(point))) return true;
    } while (!deadline::reached(point));  // a clock of the caller's may run slower than ours
    return false;
  }

  [[nodiscard]] bool try_lock_until(const deadline& until)
      HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    if (self().try_lock()) return true;
    basic_waiter<typename Platform::unchecked> waiter;
    return self().try_lock_until(until, waiter);
  }

  // Waits until the lock is obtained (true) or a stop is requested (false). If one has been
  // requested already, the lock is not even tried.
  template <stop_token_like Stop>
  [[nodiscard]] bool lock(const Stop& stop) HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    return try_lock_until(deadline::never(), stop);
  }

  // Both ends at once.
  template <stop_token_like Stop>
  [[nodiscard]] bool try_lock_until(const deadline& until, const Stop& stop)
      HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    if (stop.stop_requested()) return false;
    if (self().try_lock()) return true;
    basic_waiter<typename Platform::unchecked> waiter;
    const auto interrupt = [&waiter]() noexcept { waiter.interrupt(); };
    const std::stop_callback<decltype(interrupt)> on_stop(stop, interrupt);
    return self().try_lock_until(until, waiter);
  }

 private:
  Lock& self() noexcept { return static_cast<Lock&>(*this); }
};

}  // namespace holdfast::detail
