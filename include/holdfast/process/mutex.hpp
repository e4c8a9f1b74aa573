// SPDX-License-Identifier: BSL-1.0
// The mutex whose data and lock all processes share that open it by its name.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/base/deadline.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/base/predicate.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/process/access.hpp"
#include "holdfast/process/guard.hpp"
#include "holdfast/process/shareable.hpp"
#include "holdfast/process/wait_limits.hpp"

namespace holdfast::process {

namespace detail {

// What a wait can end by: nothing, a duration, a point in time, a stop, or a deadline and a stop.
template <class... Ends>
concept wait_ends =
    requires(bool (&wait)(const wait_limits&), const Ends&... ends) { wait_within(wait, ends...); };

}  // namespace detail

// By process::open (process.hpp). The members are those of holdfast::mutex, and mean the same, where
// an owner may also fail by dying: by exit, exec, a signal or the end of its thread with a guard left
// behind. Whoever comes next owns the lock at once and is told.
//
// All members that lock throw error: in_fiber, too_many_held, would_deadlock, and with the engine
// `file` what reading says. Nothing is held then.
template <class T>
class mutex {
  static_assert(detail::require_shareable<T>::value);

 public:
  using value_type = T;
  using guard_type = guard<T>;
  using const_guard_type = guard<const T>;

  explicit mutex(detail::access* opened) noexcept : access_(opened) {}
  mutex(mutex&& other) noexcept : access_(std::exchange(other.access_, nullptr)) {}
  mutex& operator=(mutex&& other) noexcept {
    std::swap(access_, other.access_);
    return *this;
  }
  // Only this opening: the segment stays, for others and for the next who opens it. No guard of it may
  // be left.
  ~mutex() { detail::access::close(access_); }

  // Waits for the lock. Throws process::poisoned if the last owner did not finish.
  guard_type lock() { return {access_, accept(access_->lock())}; }
  const_guard_type lock() const { return {access_, accept(access_->lock())}; }

  // The same for whoever can cope with broken data; was_poisoned() of the guard tells.
  guard_type lock(even_if_poisoned_t) { return {access_, access_->lock()}; }
  const_guard_type lock(even_if_poisoned_t) const { return {access_, access_->lock()}; }

  // Waits until a stop is requested; the guard is empty then, and if it had been requested already.
  template <stop_token_like Stop>
  guard_type lock(const Stop& stop) {
    return {access_, accept(wait(stop))};
  }
  template <stop_token_like Stop>
  guard_type lock(const Stop& stop, even_if_poisoned_t) {
    return {access_, wait(stop)};
  }

  // Never waits for an owner. The guard is empty if the lock is held.
  guard_type try_lock() { return {access_, accept(access_->try_lock())}; }
  guard_type try_lock(even_if_poisoned_t) { return {access_, access_->try_lock()}; }

  // Waits at most `duration`, or until `point` of its clock.
  template <duration_like Duration>
  guard_type try_lock_for(const Duration& duration) {
    return {access_, accept(wait(duration))};
  }
  template <duration_like Duration>
  guard_type try_lock_for(const Duration& duration, even_if_poisoned_t) {
    return {access_, wait(duration)};
  }
  template <class Point>
    requires(std::is_same_v<Point, deadline> || time_point_like<Point>)
  guard_type try_lock_until(const Point& point) {
    return {access_, accept(wait(point))};
  }
  template <class Point>
    requires(std::is_same_v<Point, deadline> || time_point_like<Point>)
  guard_type try_lock_until(const Point& point, even_if_poisoned_t) {
    return {access_, wait(point)};
  }

  // Both ends at once: a deadline and a stop.
  template <stop_token_like Stop>
  guard_type try_lock_until(const deadline& until, const Stop& stop) {
    return {access_, accept(wait(until, stop))};
  }
  template <stop_token_like Stop>
  guard_type try_lock_until(const deadline& until, const Stop& stop, even_if_poisoned_t) {
    return {access_, wait(until, stop)};
  }

  // Waits until `ready(data)` is true under the lock; the guard is empty if `ends` came first: those of
  // the members above, or none. Only the caller asks, after each owner's release, so that `ready` may
  // do what it likes but must not change the data.
  template <class Predicate, class... Ends>
    requires detail::wait_ends<Ends...>
  guard_type lock_when(Predicate&& ready, const Ends&... ends) {
    detail::taken got;
    detail::wait_within(
        [&](const detail::wait_limits& limits) {
          got = wait_until_ready(ready, limits);
          return static_cast<bool>(got);
        },
        ends...);
    return {access_, got};
  }

  // Locks; if the mutex is poisoned, calls `repair` with the data, and it is no longer poisoned. If
  // `repair` throws, it stays poisoned and unlocked.
  template <class Repair>
  guard_type lock_or_repair(Repair&& repair) {
    const detail::taken got = access_->lock();
    if (got.poisoned_by != 0) {
      guard_type owner(access_, got);
      std::forward<Repair>(repair)(*owner);
      access_->forgive();
      owner.owns_ = false;  // it is the guard below that owns
    }
    return {access_, detail::taken{got.token, 0}};
  }

  // Locks; if the mutex is poisoned, goes on with the last value that an owner finished, and it is no
  // longer poisoned. Throws error (unsupported) if the data are not double_buffered.
  guard_type recover() {
    access_->require_committed();
    return lock_or_repair([](T&) {});
  }

  // Calls `f` with the data under the lock, and returns its result.
  template <class F>
  decltype(auto) with(F&& f) {
    const guard_type owner = lock();
    return std::forward<F>(f)(*owner);
  }
  template <class F>
  decltype(auto) with(F&& f) const {
    const const_guard_type owner = lock();
    return std::forward<F>(f)(*owner);
  }

  // A copy of the data.
  T copy() const
    requires std::is_copy_constructible_v<T>
  {
    const const_guard_type owner = lock();
    return *owner;
  }

  // Puts `value` in the place of the data and returns the old data.
  template <class U = T>
    requires(std::is_assignable_v<T&, U> && std::is_move_constructible_v<T>)
  [[nodiscard]] T replace(U&& value) {
    const guard_type owner = lock();
    return std::exchange(*owner, std::forward<U>(value));
  }
  template <class U = T>
    requires std::is_assignable_v<T&, U>
  void set(U&& value) {
    const guard_type owner = lock();
    *owner = std::forward<U>(value);
  }

  // A glance; another process may change it at once. Looks behind a mark that no living owner may have
  // left, by trying the lock.
  bool is_poisoned() const { return access_->is_poisoned(); }

  // Accepts the data as they are. Waits for the lock, unless the caller has it.
  void clear_poison() { access_->clear_poison(); }

 protected:
  detail::access* opened() const noexcept { return access_; }

 private:
  detail::taken accept(detail::taken got) const {
    if (got.poisoned_by != 0) [[unlikely]]
      access_->refuse(got.token);
    return got;
  }

  template <class... Ends>
  detail::taken wait(const Ends&... ends) {
    detail::taken got;
    detail::wait_within(
        [&](const detail::wait_limits& limits) {
          got = access_->lock(limits);
          return static_cast<bool>(got);
        },
        ends...);
    return got;
  }

  template <class Predicate>
  detail::taken wait_until_ready(Predicate& ready, const detail::wait_limits& limits) {
    for (;;) {
      const detail::taken got = accept(access_->lock(limits));
      if (!got) return got;
      const_guard_type owner(access_, got);
      if (holdfast::detail::is_ready(ready, *static_cast<T*>(access_->value()))) {
        owner.owns_ = false;
        return got;
      }
      if (limits.reached()) return {};
      owner.owns_ = false;
      access_->await_change(got.token, limits);
    }
  }

  detail::access* access_;
};

}  // namespace holdfast::process
