// SPDX-License-Identifier: BSL-1.0
// The mutex that owns its data: no lock, no data.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/guard.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/poisoning.hpp"

namespace holdfast {

namespace detail {

template <class T>
inline constexpr bool may_be_guarded =
    std::is_object_v<T> && !std::is_const_v<T> && !std::is_array_v<T> && std::is_destructible_v<T>;

// What a lock, or one side of it, can do beyond lock and try_lock; the standard's timed locks do not
// know our deadline.
template <class Lock, class Duration>
concept may_wait_for = requires(Lock& lock, const Duration& d) { lock.try_lock_for(d); };

template <class Lock, class... Ends>
concept may_wait_until =
    requires(Lock& lock, const Ends&... ends) { lock.try_lock_until(ends...); };

template <class Lock, class Stop>
concept may_be_stopped = requires(Lock& lock, const Stop& stop) { lock.lock(stop); };

template <class Lock, class... Ends>
concept may_lock_when =
    requires(Lock& lock, bool (&ready)(), const Ends&... ends) { lock.lock_when(ready, ends...); };

}  // namespace detail

// Guards a T with a Lock. Every way to the data passes through a guard, but for get_mut() and
// into_inner(), whose caller has the mutex alone. Costs what its lock costs: one byte more, and no
// time, for poisoning.
//
// Poisoned: the last owner left by an exception. Then lock() and its relatives throw `poisoned`,
// until somebody says lock_or_repair or clear_poison; a call with even_if_poisoned gets the data as
// it is. (Semantics of Rust's std::sync::Mutex.)
//
// Constant-initialised where T is; destroyed trivially where T and Lock are. A const mutex locks
// too, and its guards give const data.
template <class T, lockable Lock = parking_lock, class Poisoning = default_poisoning>
class mutex {
  static_assert(detail::may_be_guarded<T>,
                "holdfast::mutex<T> owns its data: T must be an object type, not const, not a "
                "reference and not a "
                "built-in array (use std::array)");
  static_assert(!thread_bound<T>,
                "holdfast::mutex<T> shares its data between threads, but T is bound to one thread "
                "(as guards are)");

 public:
  using value_type = T;
  using lock_type = Lock;
  using poisoning = Poisoning;
  using guard_type = guard<mutex>;
  using const_guard_type = guard<const mutex>;

  // A template, so that T is looked at only when this is called: T may be a nested struct whose
  // enclosing class is not complete yet.
  template <class U = T>
    requires std::is_default_constructible_v<U>
  constexpr mutex() noexcept(std::is_nothrow_default_constructible_v<U>) : value_() {}

  // The data is made from the arguments. Whether T takes them is asked last: it may ask in turn
  // whether we can be copied.
  template <class First, class... Rest>
    requires(!(sizeof...(Rest) == 0 && std::is_base_of_v<mutex, std::remove_cvref_t<First>>) &&
             !std::is_same_v<std::remove_cvref_t<First>, std::in_place_t> &&
             std::is_constructible_v<T, First, Rest...>)
  constexpr explicit(sizeof...(Rest) == 0 && !std::is_convertible_v<First, T>)
      mutex(First&& first_argument, Rest&&... other_arguments)
      : value_(std::forward<First>(first_argument), std::forward<Rest>(other_arguments)...) {}

  template <class... Arguments>
    requires std::is_constructible_v<T, Arguments...>
  constexpr explicit mutex(std::in_place_t, Arguments&&... arguments)
      : value_(std::forward<Arguments>(arguments)...) {}

  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  // Waits for the lock. Throws poisoned if the last owner left by an exception. Everything that
  // earlier owners did happens before this returns.
  guard_type lock() { return guard_type(acquire(*this)); }
  const_guard_type lock() const { return const_guard_type(acquire(*this)); }

  // The same for whoever can cope with broken data; was_poisoned() of the guard tells.
  guard_type lock(even_if_poisoned_t) { return guard_type(acquire_any(*this)); }
  const_guard_type lock(even_if_poisoned_t) const { return const_guard_type(acquire_any(*this)); }

  // Waits until a stop is requested; the guard is empty then, and if it had been requested already.
  template <stop_token_like Stop>
    requires(detail::may_be_stopped<Lock, Stop>)
  guard_type lock(const Stop& stop) {
    return attempt([&] { return lock_.lock(stop); });
  }
  template <stop_token_like Stop>
    requires(detail::may_be_stopped<Lock, Stop>)
  guard_type lock(const Stop& stop, even_if_poisoned_t) {
    return attempt_any([&] { return lock_.lock(stop); });
  }

  // Never waits. The guard is empty if the lock is held. Throws poisoned as lock() does, like all
  // that follow.
  guard_type try_lock() {
    return attempt([&] { return lock_.try_lock(); });
  }
  guard_type try_lock(even_if_poisoned_t) {
    return attempt_any([&] { return lock_.try_lock(); });
  }

  // Waits at most `duration`, or until `point` of its clock. The guard is empty if that was not
  // enough.
  template <duration_like Duration>
    requires(detail::may_wait_for<Lock, Duration>)
  guard_type try_lock_for(const Duration& duration) {
    return attempt([&] { return lock_.try_lock_for(duration); });
  }
  template <duration_like Duration>
    requires(detail::may_wait_for<Lock, Duration>)
  guard_type try_lock_for(const Duration& duration, even_if_poisoned_t) {
    return attempt_any([&] { return lock_.try_lock_for(duration); });
  }
  template <class Point>
    requires(detail::may_wait_until<Lock, Point>)
  guard_type try_lock_until(const Point& point) {
    return attempt([&] { return lock_.try_lock_until(point); });
  }
  template <class Point>
    requires(detail::may_wait_until<Lock, Point>)
  guard_type try_lock_until(const Point& point, even_if_poisoned_t) {
    return attempt_any([&] { return lock_.try_lock_until(point); });
  }

  // Both ends at once: a deadline and a stop.
  template <stop_token_like Stop>
    requires(detail::may_be_stopped<Lock, Stop>)
  guard_type try_lock_until(const deadline& until, const Stop& stop) {
    return attempt([&] { return lock_.try_lock_until(until, stop); });
  }
  template <stop_token_like Stop>
    requires(detail::may_be_stopped<Lock, Stop>)
  guard_type try_lock_until(const deadline& until, const Stop& stop, even_if_poisoned_t) {
    return attempt_any([&] { return lock_.try_lock_until(until, stop); });
  }

  // Conditional critical section: waits until `ready(data)` is true under the lock, with no signal
  // that anybody could forget. `ends`: nothing, a duration, a point in time, a deadline, a
  // stop_token, or a deadline and a stop_token; the guard is empty if they came first.
  //
  // `ready` gets const data if it can take it. This thread calls it when it has the lock, and
  // whoever releases the lock calls it on its way out until it is true; nobody calls it at other
  // times. So it must only look, must not lock or block, and must not depend on its thread. What it
  // throws reaches this caller, with the mutex unlocked and not poisoned. Throws poisoned as lock()
  // does, also when the mutex is poisoned meanwhile.
  template <class Predicate, class... Ends>
    requires(detail::may_lock_when<Lock, Ends...>)
  guard_type lock_when(Predicate&& ready, const Ends&... ends) {
    bool broken = false;  // at the last look: the poison may be cleared before the next
    const auto asked = [&] {
      return (broken = poison_.is_set()) || detail::is_ready(ready, value_);
    };
    if (!lock_.lock_when(asked, ends...)) return guard_type();
    if (broken) [[unlikely]]
      refuse();
    return guard_of_held();
  }

  // For coroutines, by <holdfast/async.hpp>: `co_await` gives the guard that the forms above return,
  // and throws as they do. `last` are ends as those of lock_when, and then perhaps
  // resume_on(executor).
  template <class... Arguments>
  auto lock_async(const Arguments&... last) {
    return detail::include_holdfast_async_hpp<mutex>::lock(*this, false, last...);
  }
  template <class... Arguments>
  auto lock_async(const Arguments&... last) const {
    return detail::include_holdfast_async_hpp<mutex>::lock(*this, false, last...);
  }
  template <class... Arguments>
  auto lock_async(even_if_poisoned_t, const Arguments&... last) {
    return detail::include_holdfast_async_hpp<mutex>::lock(*this, true, last...);
  }
  template <class Predicate, class... Arguments>
  auto lock_when_async(Predicate ready, const Arguments&... last) {
    return detail::include_holdfast_async_hpp<mutex>::lock_when(*this, std::move(ready), last...);
  }

  // Locks; if the mutex is poisoned, calls `repair` with the data, and the mutex is no longer
  // poisoned. If `repair` throws, it stays poisoned and unlocked.
  template <class Repair>
  guard_type lock_or_repair(Repair&& repair) {
    // Without a guard as a variable: those of thread-owned locks do not move, so none is returned.
    if (acquire_any(*this).was_poisoned) {
      struct ended_by_exception {
        Lock& lock;
        bool done = false;
        ~ended_by_exception() HOLDFAST_UNANALYSED {
          if (!done) lock.unlock();
        }
      } at_end{lock_};
      std::forward<Repair>(repair)(value_);
      at_end.done = true;
      poison_.clear();
    }
    return guard_type(detail::held<mutex>{this, false});
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

  // Puts `value` in the place of the data and returns the old data. If the mutex is poisoned,
  // throws, and `value` has not been touched.
  template <class U = T>
    requires(std::is_assignable_v<T&, U> && std::is_move_constructible_v<T>)
  [[nodiscard]] T replace(U&& value) {
    const guard_type owner = lock();
    return std::exchange(*owner, std::forward<U>(value));
  }

  // The same, and destroys the old data after the lock has been released.
  template <class U = T>
    requires(std::is_assignable_v<T&, U> && std::is_move_constructible_v<T>)
  void set(U&& value) {
    [[maybe_unused]] const T old = replace(std::forward<U>(value));
  }

  // The data without locking, for who has the mutex alone: before it is shared, or after all
  // threads are joined. Throws poisoned; with even_if_poisoned does not.
  T& get_mut() {
    if (poison_.is_set()) [[unlikely]]
      detail::throw_poisoned(this, type_name());
    return value_;
  }
  T& get_mut(even_if_poisoned_t) noexcept { return value_; }

  // The data, moved out of a mutex that nobody else uses any more. Throws poisoned and then has
  // moved nothing.
  T into_inner() && { return std::move(get_mut()); }
  T into_inner(even_if_poisoned_t) && { return std::move(value_); }

  // A glance; another thread may change it at once.
  bool is_poisoned() const noexcept { return poison_.is_set(); }

  // Accepts the data as it is. Does not lock.
  void clear_poison() noexcept { poison_.clear(); }

 private:
  template <class, class>
  friend class guard;
  friend detail::mutex_access;

  static const char* type_name() noexcept { return detail::name_of<T>(); }

  T* address_of_value() noexcept { return __builtin_addressof(value_); }
  const T* address_of_value() const noexcept { return __builtin_addressof(value_); }

  template <class Self>
  static detail::held<Self> acquire_any(Self& self) HOLDFAST_UNANALYSED {
    self.lock_.lock();
    return {&self, self.found_poisoned()};
  }

  template <class Self>
  static detail::held<Self> acquire(Self& self) HOLDFAST_UNANALYSED {
    self.lock_.lock();
    self.refuse_if_poisoned();
    return {&self, false};
  }

  // With the lock held: whether the last owner did not finish. A lock that reports its owner's death
  // leaves that to be told here.
  bool found_poisoned() const {
    if constexpr (reports_abandoned<Lock>)
      if (lock_.take_abandoned()) poison_.set();
    return poison_.is_set();
  }

  // With the lock held: gives it back and throws if the data may be broken.
  void refuse_if_poisoned() const {
    if (found_poisoned()) [[unlikely]]
      refuse();
  }

  [[noreturn]] HOLDFAST_COLD void refuse() const HOLDFAST_UNANALYSED {
    lock_.unlock();
    detail::throw_poisoned(this, type_name());
  }

  template <class Attempt>
  guard_type attempt(Attempt locks) {
    return locks() ? guard_of_held() : guard_type();
  }

  // With the lock held.
  guard_type guard_of_held() {
    refuse_if_poisoned();
    return guard_type(detail::held<mutex>{this, false});
  }

  template <class Attempt>
  guard_type attempt_any(Attempt locks) {
    if (!locks()) return guard_type();
    return guard_type(detail::held<mutex>{this, found_poisoned()});
  }

  [[no_unique_address]] mutable Lock lock_;
  [[no_unique_address]] mutable typename Poisoning::flag poison_;
  T value_;
};

template <class T>
mutex(T) -> mutex<T>;

static_assert(sizeof(mutex<int>) <= 8);

}  // namespace holdfast

#include "holdfast/lock_all.hpp"
#include "holdfast/project.hpp"
