// SPDX-License-Identifier: BSL-1.0
// The door through which a coroutine takes the steps of a wait one by one.
#pragma once

#include <utility>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/coroutine/async_wait.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/semaphore.hpp"

namespace holdfast::detail {

struct async_access {
  template <class Primitive>
  static bool mark_parked(Primitive& of) noexcept {
    return of.mark_parked();
  }
  template <class Lock>
  static bool mark_parked(Lock& of, bool napping) noexcept {
    return of.mark_parked(napping);
  }
  template <class Lock>
  static bool must_nap(Lock&) noexcept {
    return Lock::must_nap();
  }

  template <class Lock>
  using condition_of = typename Lock::condition;
  template <class Lock>
  static void unlock_but_not_for(Lock& of, const condition_of<Lock>& awaited) noexcept {
    of.unlock_slow(&awaited);
  }
  template <class Lock>
  static void mark_own_release(Lock& of) noexcept {
    of.bytes_.mark_parked();  // (I1) the only release to come is the caller's own
  }

  template <class Platform>
  static void refuse_another_mutex(basic_condition<Platform>& of,
                                   const waiting_owner& with) noexcept {
    if constexpr (Platform::checks_ownership) of.refuse_another_mutex(with);
  }
  template <class Platform>
  static void note_waiter(basic_condition<Platform>& of) noexcept {
    of.waiters_.store(1, platform::order::relaxed);
  }

  template <class Queue, class... Arguments>
  static bool puts(Queue& into, Arguments&&... arguments) {
    return into.put(wait_not_at_all{}, std::forward<Arguments>(arguments)...);
  }
  // Has `queue_at(condition, owner)` queue who waits at one end, unless there is something to do at
  // once. As in a wait of the queue's condition: whoever changes the other end after the fence sees
  // the waiter, and what changed before is seen here.
  template <bool Pushes, class Queue, class QueueAt>
  static bool is_queued(Queue& at, QueueAt queue_at) noexcept {
    typename Queue::template holder<Pushes> owner(at);
    if (at.template is_ready<Pushes>() || at.was_closed()) return false;
    queue_at(at.template changed<Pushes>(), owner);
    owner.look_again();
    return true;
  }
  template <class Queue>
  static bool was_closed(const Queue& of) noexcept {
    return of.was_closed();
  }
  template <bool Pushes, class Queue>
  static auto& changed(Queue& of) noexcept {
    return of.template changed<Pushes>();
  }

  template <class Semaphore>
  static auto& core_of(Semaphore& of) noexcept {
    return of.core_;
  }
};

}  // namespace holdfast::detail
