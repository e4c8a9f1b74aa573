// SPDX-License-Identifier: BSL-1.0
// The condition between processes: a signal whose receiver dies goes to another waiter.
#pragma once

#if defined(_WIN32)
#error \
    "holdfast::process::condition is not there on Windows, which has no lock in memory that ends with its owner; process::mutex has lock_when there"
#endif

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/fatal.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/process/condition_seats.hpp"
#include "holdfast/process/named.hpp"
#include "holdfast/process/robust_lock.hpp"
#include "holdfast/process/shareable.hpp"
#include "holdfast/process/wait_limits.hpp"

namespace holdfast::process {

// Threads of any process wait here until another one signals that what they wait for may be so. Lies
// in shared memory: as a part of the data of a segment, or by open_condition. `owner` is a guard of a
// mutex between processes, of the same segment or another.
//
// - The release of the lock and the wait are one step: a signal that is sent by, or after, an owner
//   who comes after the release finds the waiter. A signal that finds no waiter is lost, by
//   definition.
// - A signal counts as received when its receiver has the lock again. If the receiver dies before, the
//   signal goes to the longest waiter that is left: within some 50 ms, or when another begins to wait.
// - A wait returns without a signal of its own only when a signal is passed on by somebody who dies in
//   the midst, and beyond the first `seats` waiters, all of whom wake at every signal that no waiter
//   with a seat takes.
// - Waiters with a seat are woken first in, first out.
// - A signal by somebody who dies while sending it has reached none, some or all of its receivers.
// - The lock is held again when a wait returns, however it ends; also by an exception. Waking into a
//   poisoned mutex throws what its guard's lock() throws, with the lock held as there.
//
// Ordering: what the notifier did before happens before the return of the wait that it ends.
class HOLDFAST_EXPORT condition {
 public:
  // Waiters that are known by name; more may wait (see above).
  static constexpr unsigned seats = 62;

  condition();
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  // Waits for a signal. Like all waits, throws error, with the lock held, if a fiber calls it or if
  // the thread holds too many locks between processes.
  template <basic_lockable Owner>
  void wait(Owner& owner) {
    static_cast<void>(wait_once(owner, {}));
  }

  // Waits until `ready()` is true, which is asked under the lock, before and after each signal.
  template <basic_lockable Owner, std::predicate Predicate>
  void wait(Owner& owner, Predicate ready) {
    while (!ready()) static_cast<void>(wait_once(owner, {}));
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
  template <basic_lockable Owner, holdfast::detail::wait_point Point>
  wait_result wait_until(Owner& owner, const Point& point) {
    return wait_to(owner, point, nullptr);
  }
  template <basic_lockable Owner, holdfast::detail::wait_point Point, std::predicate Predicate>
  bool wait_until(Owner& owner, const Point& point, Predicate ready) {
    while (!ready())
      if (!wait_to(owner, point, nullptr)) return ready();
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
  template <basic_lockable Owner, stop_token_like Stop, holdfast::detail::wait_point Point>
  wait_result wait_until(Owner& owner, const Stop& stop, const Point& point) {
    if (stop.stop_requested()) return wait_result::end::stopped;
    const detail::stop_word<Stop> word(stop);
    return wait_to(owner, point, word.address());
  }
  template <basic_lockable Owner, stop_token_like Stop, holdfast::detail::wait_point Point,
            std::predicate Predicate>
  bool wait_until(Owner& owner, const Stop& stop, const Point& point, Predicate ready) {
    if (stop.stop_requested()) return ready();
    const detail::stop_word<Stop> word(stop);
    while (!ready())
      if (!wait_to(owner, point, word.address())) return ready();
    return true;
  }

  // Wakes the longest waiter. Returns how many were woken: 0 or 1; of waiters without a seat it does
  // not know, and returns 0. Never waits. The lock need not be held, if what is signalled was changed
  // under it.
  std::size_t notify_one() noexcept;

  // Wakes all that wait now. Returns how many with a seat.
  std::size_t notify_all() noexcept;

 private:
  using stop_address = const platform::atomic<std::uint32_t>*;

  using all_seats = detail::condition_seats<detail::between_processes, seats>;

  // A wait, from before the release of the lock until it is held again.
  class HOLDFAST_EXPORT waiter {
   public:
    explicit waiter(condition& on);
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter();
    wait_result sleep(detail::wait_limits limits) noexcept;

   private:
    std::optional<wait_result> ended(detail::wait_limits& limits) noexcept;

    all_seats& seats_;
    all_seats::seat* seat_;
    bool in_crowd_;            // it came without a seat
    bool has_signal_ = false;  // in its seat
    std::uint32_t crowd_seen_ = 0;
  };

  template <class Owner>
  wait_result wait_to(Owner& owner, const deadline& until, stop_address stop) {
    return wait_once(owner, {.until = until, .stop = stop});
  }
  template <class Owner, time_point_like TimePoint>
  wait_result wait_to(Owner& owner, const TimePoint& point, stop_address stop) {
    return wait_once(
        owner,
        {.until = deadline::at(point), .stop = stop, .renews = holdfast::detail::renewal(point)});
  }

  template <class Owner>
  wait_result wait_once(Owner& owner, const detail::wait_limits& limits) HOLDFAST_UNANALYSED {
    if constexpr (requires { owner.owns_lock(); })
      if (!owner.owns_lock()) holdfast::detail::throw_not_owner("process::condition::wait");
    waiter self(*this);
    owner.unlock();
    const wait_result result = self.sleep(limits);
    owner.lock();
    return result;
  }

  all_seats seats_;
};

template <>
inline constexpr bool enable_shareable<condition> = true;

// Opens the condition `name`, or makes it. `how` are the options of open() but for the engine and
// double_buffered. Throws error.
template <option... Options>
[[nodiscard]] named<condition> open_condition(std::string_view name, const Options&... how) {
  options all;
  (all.set(how), ...);
  const auto make = [](void*, void* place) { ::new (place) condition; };
  return named<condition>(
      detail::open_object(name, all, detail::facts_of_object<condition>(make, nullptr)));
}

}  // namespace holdfast::process
