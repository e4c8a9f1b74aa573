// SPDX-License-Identifier: BSL-1.0
// One wait for a condition variable, in the steps between which POSIX lets a thread be cancelled. The
// model checker explores it on its own platform.
#pragma once

#include "holdfast/condition.hpp"
#include "holdfast/park/parking_lot.hpp"

#include "lock/lock_token.hpp"

namespace preload {

template <class Platform>
class condition_wait {
 public:
  using condition_type = holdfast::basic_condition<Platform>;
  using lot_type = holdfast::detail::basic_parking_lot<typename Platform::unchecked>;
  using sleeper = holdfast::detail::basic_waiter<typename Platform::unchecked>;
  using outcome = typename sleeper::outcome;
  using parked = holdfast::detail::park_result;

  // `owner` says how a broadcast moves this waiter to the queue of the mutex.
  condition_wait(condition_type& condition, holdfast::detail::waiting_owner& owner) noexcept
      : place_(&condition, self_, reinterpret_cast<std::uintptr_t>(&owner)) {}
  condition_wait(const condition_wait&) = delete;
  condition_wait& operator=(const condition_wait&) = delete;

  // Before the mutex is unlocked, and the last access to the condition: a waiter that was signalled may
  // find it gone. Null for one that has no mark of ours.
  void queue(condition_type* condition) noexcept {
    bool wishes = false;
    lot().queue(
        place_,
        [condition, &wishes] {
          wishes = condition != nullptr && condition->note_waiter();
          return true;
        },
        wishes, hopes_);
  }

  // Watches for the signal awake, if that makes sense. True if there is nothing to sleep for.
  bool has_ended(const holdfast::deadline& until) noexcept {
    if (hopes_) self_.hope(holdfast::detail::tuning::hope_ns, until);
    return self_.has_ended();
  }
  outcome stay_awake() noexcept { return self_.stay_awake(); }
  outcome sleep(const holdfast::deadline& until) noexcept { return self_.sleep(until); }

  // Leaves the queue, unless a signal was faster.
  parked end(outcome woken_by) noexcept { return lot().end_of(place_, woken_by); }

  // Whoever was moved to the queue of the mutex is signalled too, and needs nothing else for it.
  static bool is_signalled(const parked& how) noexcept {
    return how.end == holdfast::detail::park_end::unparked || how.moved;
  }

  // Of a waiter that does not return to its caller: the signal that it has taken goes to the next. One
  // that was moved will release the mutex, which wakes the next there. By the address alone, as the
  // condition may be gone; then it wakes somebody for no reason, or nobody.
  void pass_on(const parked& how) noexcept {
    if (how.end != holdfast::detail::park_end::unparked || how.moved) return;
    lot().unpark_one(place_.key.load(holdfast::platform::order::relaxed),
                     [](holdfast::detail::unpark_info) {
                       return static_cast<std::uintptr_t>(holdfast::detail::lock_token::try_again);
                     });
  }

 private:
  static lot_type& lot() noexcept { return lot_type::instance(); }

  sleeper self_;
  typename lot_type::waiter place_;
  bool hopes_ = false;
};

}  // namespace preload
