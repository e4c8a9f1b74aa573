// SPDX-License-Identifier: BSL-1.0
// Who waits in a test, a thread, a fiber or a coroutine, so that one body serves them all.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <utility>

#include "holdfast/async.hpp"

#include "support/competitor.hpp"
#include "support/coroutines.hpp"
#include "support/task.hpp"

namespace holdfast::test {

// What a party co_awaits: suspends the coroutine, or blocks who runs it and suspends nothing.
template <class Awaitable, class Blocking>
struct either_way {
  Awaitable suspends;
  Blocking blocks;
  bool may_block;

  bool await_ready() { return may_block || suspends.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> self) {
    return suspends.await_suspend(self);
  }
  auto await_resume() {
    if (may_block) return blocks();
    return suspends.await_resume();
  }
};
template <class Awaitable, class Blocking>
either_way(Awaitable, Blocking, bool) -> either_way<Awaitable, Blocking>;

// A body is a coroutine that waits by the members of its party alone. That of a thread or a fiber
// blocks, so its body has ended when it returns; that of a coroutine is suspended, and goes on on
// its executor. `ends` are those of the library's own forms.
class party {
 public:
  party() noexcept = default;
  explicit party(any_executor on) noexcept : on_(on), blocks_(false) {}

  bool is_coroutine() const noexcept { return !blocks_; }

  // Lets others run.
  auto pause() const {
    return either_way{on_.next(), [] { give_way(); }, blocks_};
  }

  template <class Mutex, class... Ends>
  auto lock(Mutex& m, const Ends&... ends) const {
    return either_way{m.lock_async(ends..., resume_on(any_executor(on_))),
                      [&m, ends...] { return blocking_lock(m, ends...); }, blocks_};
  }
  template <class Mutex, class Predicate, class... Ends>
  auto lock_when(Mutex& m, Predicate ready, const Ends&... ends) const {
    return either_way{m.lock_when_async(ready, ends..., resume_on(any_executor(on_))),
                      [&m, ready, ends...] { return m.lock_when(ready, ends...); }, blocks_};
  }
  template <class Condition, class Guard, class Predicate, class... Ends>
  auto wait(Condition& c, Guard& owner, Predicate ready, const Ends&... ends) const {
    return either_way{
        c.wait_async(owner, ready, ends..., resume_on(any_executor(on_))),
        [&c, &owner, ready, ends...] { return blocking_wait(c, owner, ready, ends...); }, blocks_};
  }
  template <class Semaphore, class... Ends>
  auto acquire(Semaphore& s, const Ends&... ends) const {
    return either_way{s.acquire_permit_async(ends..., resume_on(any_executor(on_))),
                      [&s, ends...] { return blocking_acquire(s, ends...); }, blocks_};
  }
  template <class Queue, class Value, class... Ends>
  auto push(Queue& q, Value& value, const Ends&... ends) const {
    return either_way{q.push_async(value, ends..., resume_on(any_executor(on_))),
                      [&q, &value, ends...] { return blocking_push(q, value, ends...); }, blocks_};
  }
  template <class Queue, class... Ends>
  auto pop(Queue& q, const Ends&... ends) const {
    return either_way{q.pop_async(ends..., resume_on(any_executor(on_))),
                      [&q, ends...] { return blocking_pop(q, ends...); }, blocks_};
  }

 private:
  template <class Mutex>
  static auto blocking_lock(Mutex& m) {
    return m.lock();
  }
  template <class Mutex>
  static auto blocking_lock(Mutex& m, const std::stop_token& stop) {
    return m.lock(stop);
  }
  template <class Mutex, duration_like Duration>
  static auto blocking_lock(Mutex& m, const Duration& duration) {
    return m.try_lock_for(duration);
  }
  template <class Mutex, detail::wait_point Point, class... Stop>
  static auto blocking_lock(Mutex& m, const Point& point, const Stop&... stop) {
    return m.try_lock_until(point, stop...);
  }

  template <class Condition, class Guard, class Predicate>
  static auto blocking_wait(Condition& c, Guard& owner, const Predicate& ready) {
    return c.wait(owner, ready);
  }
  template <class Condition, class Guard, class Predicate>
  static auto blocking_wait(Condition& c, Guard& owner, const Predicate& ready,
                            const std::stop_token& stop) {
    return c.wait(owner, stop, ready);
  }
  template <class Condition, class Guard, class Predicate, duration_like Duration>
  static auto blocking_wait(Condition& c, Guard& owner, const Predicate& ready,
                            const Duration& duration) {
    return c.wait_for(owner, duration, ready);
  }
  template <class Condition, class Guard, class Predicate, detail::wait_point Point, class... Stop>
  static auto blocking_wait(Condition& c, Guard& owner, const Predicate& ready, const Point& point,
                            const Stop&... stop) {
    return c.wait_until(owner, stop..., point, ready);
  }

  template <class Semaphore>
  static auto blocking_acquire(Semaphore& s) {
    return s.acquire_permit();
  }
  template <class Semaphore>
  static auto blocking_acquire(Semaphore& s, const std::stop_token& stop) {
    return s.acquire_permit(stop);
  }
  template <class Semaphore, duration_like Duration>
  static auto blocking_acquire(Semaphore& s, const Duration& duration) {
    return s.try_acquire_permit_for(duration);
  }
  template <class Semaphore, detail::wait_point Point, class... Stop>
  static auto blocking_acquire(Semaphore& s, const Point& point, const Stop&... stop) {
    return s.try_acquire_permit_until(point, stop...);
  }

  // Who blocks at a queue has no form with both a deadline and a stop: the stop alone ends it.
  template <class Queue, class Value>
  static auto blocking_push(Queue& q, Value& value) {
    return q.push(value);
  }
  template <class Queue, class Value>
  static auto blocking_push(Queue& q, Value& value, const std::stop_token& stop) {
    return q.push(value, stop);
  }
  template <class Queue, class Value, duration_like Duration>
  static auto blocking_push(Queue& q, Value& value, const Duration& duration) {
    return q.try_push_for(value, duration);
  }
  template <class Queue, class Value, detail::wait_point Point>
  static auto blocking_push(Queue& q, Value& value, const Point& point) {
    return q.try_push_until(value, point);
  }
  template <class Queue, class Value>
  static auto blocking_push(Queue& q, Value& value, const deadline&, const std::stop_token& stop) {
    return q.push(value, stop);
  }

  template <class Queue>
  static auto blocking_pop(Queue& q) {
    return q.pop();
  }
  template <class Queue>
  static auto blocking_pop(Queue& q, const std::stop_token& stop) {
    return q.pop(stop);
  }
  template <class Queue, duration_like Duration>
  static auto blocking_pop(Queue& q, const Duration& duration) {
    return q.try_pop_for(duration);
  }
  template <class Queue, detail::wait_point Point>
  static auto blocking_pop(Queue& q, const Point& point) {
    return q.try_pop_until(point);
  }
  template <class Queue>
  static auto blocking_pop(Queue& q, const deadline&, const std::stop_token& stop) {
    return q.pop(stop);
  }

  any_executor on_;
  bool blocks_ = true;
};

// Coroutines that belong to nobody, until all of them have ended.
class coroutine_group {
 public:
  coroutine_group() = default;
  coroutine_group(const coroutine_group&) = delete;
  coroutine_group& operator=(const coroutine_group&) = delete;
  ~coroutine_group() { join(); }

  // Begins `body(party)` on `on`.
  template <class Body>
  void start(any_executor on, Body body) {
    running_.fetch_add(1);
    run(*this, on, std::move(body));
  }

  std::size_t running() const noexcept { return running_.load(); }
  void join() const {
    while (running() != 0) give_way();
  }

 private:
  struct nobodys {
    struct promise_type {
      nobodys get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      void unhandled_exception() noexcept { std::terminate(); }
    };
  };

  template <class Body>
  static nobodys run(coroutine_group& of, any_executor on, Body body) {
    co_await on.next();
    co_await body(party(on));
    of.running_.fetch_sub(1);
  }

  std::atomic<std::size_t> running_{0};
};

}  // namespace holdfast::test
