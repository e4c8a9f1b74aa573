// SPDX-License-Identifier: BSL-1.0
// The condition variable: gives a lock away and waits for a signal, in one step.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/guard.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/wait_ends.hpp"
#include "holdfast/wait/waiter.hpp"
#include "holdfast/wait_adapter.hpp"

namespace holdfast {

// How a wait for a signal ended. True if there was one.
class [[nodiscard]] wait_result {
 public:
  enum class end : std::uint8_t { notified, deadline_passed, stopped };

  constexpr wait_result(end how) noexcept : end_(how) {}

  constexpr bool notified() const noexcept { return end_ == end::notified; }
  constexpr bool deadline_passed() const noexcept { return end_ == end::deadline_passed; }
  constexpr bool stopped() const noexcept { return end_ == end::stopped; }
  constexpr explicit operator bool() const noexcept { return notified(); }

  friend constexpr bool operator==(wait_result, wait_result) noexcept = default;

 private:
  end end_;
};

// Threads wait here until another one signals that what they wait for may be so. `owner` is what
// holds the lock: a guard of any of holdfast's mutexes, std::unique_lock or std::shared_lock, or a
// lock itself.
//
// - The release of the lock and the wait are one step: a signal that is sent after the release finds
//   the waiter. A signal that finds no waiter is lost, by definition.
// - Waiters are woken first in, first out; a later one never takes a signal from an earlier. There
//   are no spurious wake-ups, but what was signalled may be gone again when the waiter has the lock.
// - The lock is held again when a wait returns, however it ends; also by an exception, except one
//   that locking itself throws. Waking into a poisoned mutex throws poisoned *with the lock held*.
// - notify_all wakes the first eight waiters, seven if the lock is held, and moves the others to the
//   queue of the lock, if that is a parking_lock; else it wakes them all.
//
// All waiters of one condition use the same mutex at a time; checked builds refuse another one. The
// condition may be destroyed when every waiter has been notified, before they return from their
// waits.
//
// Ordering: what the notifier did before happens before the return of the wait that it ends.
//
//  waiters | meaning                              changed
//     0    | nobody is queued                     under the bucket lock of the condition
//     1    | somebody may be queued
template <class Platform>
class HOLDFAST_EXPORT basic_condition {
  using order = platform::order;

 public:
  constexpr basic_condition() noexcept = default;
  basic_condition(const basic_condition&) = delete;
  basic_condition& operator=(const basic_condition&) = delete;

  ~basic_condition()
    requires Platform::checks_ownership
  {
    refuse_to_die_with_waiters();
  }
  ~basic_condition() = default;

  // Waits for a signal.
  template <basic_lockable Owner>
  void wait(Owner& owner) {
    waiter self;
    static_cast<void>(wait_once(owner, deadline::never(), self));
  }

  // Waits until `ready()` is true, which is asked under the lock, before and after each signal.
  template <basic_lockable Owner, std::predicate Predicate>
  void wait(Owner& owner, Predicate ready) {
    waiter self;
    while (!ready()) static_cast<void>(wait_once(owner, deadline::never(), self));
  }

  // Waits at most `duration`, or until `point` of its clock. The forms with a predicate return what
  // it says in the end.
  template <basic_lockable Owner, duration_like Duration>
  wait_result wait_for(Owner& owner, const Duration& duration) {
    return wait_until(owner, deadline::in(duration));
  }
  template <basic_lockable Owner, duration_like Duration, std::predicate Predicate>
  bool wait_for(Owner& owner, const Duration& duration, Predicate ready) {
    return wait_until(owner, deadline::in(duration), std::move(ready));
  }
  template <basic_lockable Owner, detail::wait_point Point>
  wait_result wait_until(Owner& owner, const Point& point) {
    waiter self;
    return wait_to(owner, point, self);
  }
  template <basic_lockable Owner, detail::wait_point Point, std::predicate Predicate>
  bool wait_until(Owner& owner, const Point& point, Predicate ready) {
    waiter self;
    while (!ready())
      if (!wait_to(owner, point, self)) return ready();
    return true;
  }

  // The same, and a stop ends the wait too. If one has been requested already, they do not wait.
  template <basic_lockable Owner, stop_token_like Stop>
  wait_result wait(Owner& owner, const Stop& stop) {
    return wait_until(owner, stop, deadline::never());
  }
  template <basic_lockable Owner, stop_token_like Stop, std::predicate Predicate>
  bool wait(Owner& owner, const Stop& stop, Predicate ready) {
    return wait_until(owner, stop, deadline::never(), std::move(ready));
  }
  template <basic_lockable Owner, stop_token_like Stop, duration_like Duration>
  wait_result wait_for(Owner& owner, const Stop& stop, const Duration& duration) {
    return wait_until(owner, stop, deadline::in(duration));
  }
  template <basic_lockable Owner, stop_token_like Stop, duration_like Duration,
            std::predicate Predicate>
  bool wait_for(Owner& owner, const Stop& stop, const Duration& duration, Predicate ready) {
    return wait_until(owner, stop, deadline::in(duration), std::move(ready));
  }
  template <basic_lockable Owner, stop_token_like Stop, detail::wait_point Point>
  wait_result wait_until(Owner& owner, const Stop& stop, const Point& point) {
    if (stop.stop_requested()) return wait_result::end::stopped;
    detail::stoppable_waiter<Platform> self(stop);
    return wait_to(owner, point, self);
  }
  template <basic_lockable Owner, stop_token_like Stop, detail::wait_point Point,
            std::predicate Predicate>
  bool wait_until(Owner& owner, const Stop& stop, const Point& point, Predicate ready) {
    if (stop.stop_requested()) return ready();
    detail::stoppable_waiter<Platform> self(stop);
    while (!ready())
      if (!wait_to(owner, point, self)) return ready();
    return true;
  }

  // For coroutines, by <holdfast/async.hpp>: `owner` is a guard of a mutex with a parking_lock; `last`
  // are perhaps a predicate, ends as those of mutex::lock_when, and then perhaps
  // resume_on(executor).
  template <class Owner, class... Arguments>
  auto wait_async(Owner& owner, Arguments&&... last) {
    return detail::include_holdfast_async_hpp<basic_condition>::wait(
        *this, owner, std::forward<Arguments>(last)...);
  }

  // Wakes the longest waiter. Returns how many were woken: 0 or 1. Without waiters it costs one load.
  // The lock need not be held, if what is signalled was changed under it.
  std::size_t notify_one() noexcept {
    return waiters_.load(order::relaxed) == 0 ? 0 : notify_one_slow();
  }

  // Wakes all that wait now. Returns how many.
  std::size_t notify_all() noexcept {
    return waiters_.load(order::relaxed) == 0 ? 0 : notify_all_slow();
  }

  // For a waiter that queues in the lot by itself, as it does so, under the bucket lock. True if
  // watching for the signal is likely to be worth it.
  bool note_waiter() noexcept {
    waiters_.store(1, order::relaxed);
    return vain_.load(order::relaxed) < detail::tuning::vain_hopes;
  }

  static constexpr const char* name = "condition";

 private:
  friend detail::async_access;
  using queues = typename Platform::unchecked;
  using waiter = detail::basic_waiter<queues>;

  template <class Owner>
  wait_result wait_to(Owner& owner, const deadline& until, waiter& self) {
    return wait_once(owner, until, self);
  }
  template <class Owner, time_point_like TimePoint>
  wait_result wait_to(Owner& owner, const TimePoint& point, waiter& self) {
    return wait_once(owner, deadline::at(point), self, detail::renewal(point));
  }

  template <class Owner>
  wait_result wait_once(Owner& owner, const deadline& until, waiter& self,
                        const detail::renewal& renews = detail::renewal::none()) {
    detail::wait_adapter<Owner, queues> with(owner);
    const wait_result result = wait_with(with, until, self, renews);
    with.rethrow();
    return result;
  }

  wait_result wait_with(detail::waiting_owner& with, const deadline& until, waiter& self,
                        const detail::renewal& renews);
  HOLDFAST_COLD std::size_t notify_one_slow() noexcept;
  void note_hope(bool in_vain) noexcept;
  HOLDFAST_COLD std::size_t notify_all_slow() noexcept;
  HOLDFAST_COLD void refuse_to_die_with_waiters() noexcept;
  void refuse_another_mutex(const detail::waiting_owner& with) noexcept;

  typename Platform::template atomic<std::uint8_t> waiters_;
  // How often watching for a signal was in vain of late. Under the bucket lock.
  typename Platform::template atomic<std::uint8_t> vain_;
};

using condition = basic_condition<platform::chosen>;

static_assert(sizeof(condition) <= 4);

}  // namespace holdfast
