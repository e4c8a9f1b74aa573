// SPDX-License-Identifier: BSL-1.0
// co_await instead of blocking: for a mutex, a condition, a semaphore and a bounded_queue.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/coroutine/async_condition.hpp"
#include "holdfast/coroutine/async_lock.hpp"
#include "holdfast/coroutine/async_queue.hpp"
#include "holdfast/coroutine/async_semaphore.hpp"
#include "holdfast/coroutine/awaitable.hpp"
#include "holdfast/coroutine/executor.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/semaphore.hpp"

// - Threads, fibers and coroutines wait in the same queues, first in, first out.
// - A coroutine that has to wait is suspended and its thread goes on. Who ends its wait (an unlock, a
//   signal, a stop, the deadline) gives its executor a function object to call, and returns: so no
//   stack grows by it, and no coroutine runs within an unlock. See executor_like.
// - It goes on where the executor calls that. What resumes it there is a guard's new owner: guards
//   that it gets here may end on any thread.
// - Ends are as in the blocking forms: a stop that was requested before is no wait at all; what comes
//   together with an end is taken.
// - A suspended coroutine may be destroyed: its waiter leaves the queue without a trace, and what it
//   was given just now (the lock, a permit, a signal) goes to the next. What it waits for must exist
//   then. The executor may call later what it was given, or drop it. Nobody may destroy a coroutine
//   while its executor resumes it: checked and other builds end the program if they see that.
// - In the child of a fork there is nobody who would resume the coroutines that were suspended
//   before; they must not be destroyed there either.
namespace holdfast::detail {

template <class T, class Lock, class Poisoning>
struct include_holdfast_async_hpp<mutex<T, Lock, Poisoning>> {
  static constexpr bool exist = async_forms_of<Lock>::exist;

  template <class Mutex, class... Arguments>
  static auto lock(Mutex& of, bool any, const Arguments&... last) {
    static_assert(
        exist,
        "holdfast: lock_async needs a mutex with a parking_lock: the waiters of other locks "
        "have no queue in which a coroutine could wait");
    if constexpr (exist)
      return make_awaitable<async_lock<Mutex>>(lock_request<Mutex>{of, any}, last...);
  }

  template <class Mutex, class Predicate, class... Arguments>
  static auto lock_when(Mutex& of, Predicate ready, const Arguments&... last) {
    static_assert(
        exist,
        "holdfast: lock_when_async needs a mutex with a parking_lock: the waiters of other "
        "locks have no queue in which a coroutine could wait");
    if constexpr (exist)
      return make_awaitable<async_lock_when<Mutex, Predicate>>(
          asks_data<Mutex, Predicate>{of, std::move(ready)}, last...);
  }
};

template <class Platform>
struct include_holdfast_async_hpp<basic_condition<Platform>> {
  using condition_type = basic_condition<Platform>;

  template <class Mutex>
  static constexpr bool gives_lock_away = requires {
    requires std::same_as<typename signal_with<typename Mutex::lock_type>::condition_type,
                          condition_type>;
  };

  template <class Owner, class... Arguments>
  static auto wait(condition_type&, Owner&, const Arguments&...) {
    static_assert(!std::same_as<Owner, Owner>,
                  "holdfast: condition::wait_async needs a guard of a mutex with a parking_lock");
  }

  template <class Mutex, class Value, class... Arguments>
    requires gives_lock_away<Mutex>
  static auto wait(condition_type& signal, guard<Mutex, Value>& owner, const Arguments&... last) {
    return make_awaitable<async_wait_once<Mutex, Value>>(
        signal_request<Mutex, Value>{signal, owner}, last...);
  }

  template <class Mutex, class Value, std::predicate Predicate, class... Arguments>
    requires gives_lock_away<Mutex>
  static auto wait(condition_type& signal, guard<Mutex, Value>& owner, Predicate ready,
                   const Arguments&... last) {
    return make_awaitable<async_wait_until<Mutex, Value, Predicate>>(
        signals_request<Mutex, Value, Predicate>{{signal, owner}, std::move(ready)}, last...);
  }

  template <class Owner, class... Arguments>
    requires requires(Owner& owner) { plain_guard_of(owner); }
  static auto wait(condition_type& signal, Owner& owner, const Arguments&... last) {
    return wait(signal, plain_guard_of(owner), last...);
  }
};

template <class Platform, std::int64_t Max>
struct include_holdfast_async_hpp<basic_semaphore<Platform, Max>> {
  using semaphore_type = basic_semaphore<Platform, Max>;

  template <class... Arguments>
  static auto acquire(semaphore_type& from, const Arguments&... last) {
    return make_awaitable<async_acquire_permit<Platform, permit_request, semaphore_type>>(
        permit_request<semaphore_type>{from}, last...);
  }
  template <class... Arguments>
  static auto acquire_permit(semaphore_type& from, const Arguments&... last) {
    return make_awaitable<async_acquire_permit<Platform, scoped_permit_request, semaphore_type>>(
        scoped_permit_request<semaphore_type>{from}, last...);
  }
};

template <class T, class Platform>
struct include_holdfast_async_hpp<basic_bounded_queue<T, Platform>> {
  using queue_type = basic_bounded_queue<T, Platform>;

  template <class U, class... Arguments>
  static auto push(queue_type& into, U&& value, const Arguments&... last) {
    static_assert(std::is_convertible_v<U&&, T>,
                  "holdfast: bounded_queue::push_async takes what converts to T, as push does");
    return make_awaitable<async_push<T, Platform, U>>(
        push_request<T, Platform, U>{into, std::forward<U>(value)}, last...);
  }
  template <class... Arguments>
  static auto pop(queue_type& from, const Arguments&... last) {
    return make_awaitable<async_pop<T, Platform>>(pop_request<T, Platform>{from}, last...);
  }
};

}  // namespace holdfast::detail
