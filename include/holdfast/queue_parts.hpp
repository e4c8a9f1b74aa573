// SPDX-License-Identifier: BSL-1.0
// What the bounded queue is put together from: its exception, and the ways in which a call waits.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/wait/wait_ends.hpp"

namespace holdfast {

// Thrown by push and emplace on a queue that has been closed. Nothing has been pushed, and the value
// has not been touched.
class HOLDFAST_EXPORT queue_closed : public std::exception {
 public:
  explicit queue_closed(const void* queue) noexcept : queue_(queue) {}
  queue_closed(const queue_closed&) noexcept = default;
  queue_closed& operator=(const queue_closed&) noexcept = default;
  ~queue_closed() override;

  const char* what() const noexcept override;

  // The queue that was closed.
  const void* queue() const noexcept { return queue_; }

 private:
  const void* queue_;
};

namespace detail {

// Where exceptions are off, these end the program.
[[noreturn]] HOLDFAST_EXPORT void throw_queue_closed(const void* queue);
[[noreturn]] HOLDFAST_EXPORT void throw_no_capacity();

// For tests, which wait until a thread waits.
struct queue_access;

// Base class of a queue, for coroutines, by <holdfast/async.hpp>. `last` are ends as those of
// mutex::lock_when, and then perhaps resume_on(executor). `co_await` gives what push and pop and
// their forms with an end return. `value` is used then, and not kept before: await at once.
template <class Queue>
class async_queue_members {
 public:
  template <class U, class... Arguments>
  auto push_async(U&& value, const Arguments&... last) {
    return include_holdfast_async_hpp<Queue>::push(static_cast<Queue&>(*this),
                                                   std::forward<U>(value), last...);
  }
  template <class... Arguments>
  auto pop_async(const Arguments&... last) {
    return include_holdfast_async_hpp<Queue>::pop(static_cast<Queue&>(*this), last...);
  }
};

// How a call waits on a condition, with a lock held, until `ready()` or the end of its wait.
struct wait_for_ever {
  template <class Condition, class Owner, class Ready>
  void operator()(Condition& changed, Owner& owner, Ready ready) const {
    changed.wait(owner, ready);
  }
  static constexpr bool is_over() noexcept { return false; }
};

struct wait_not_at_all {
  template <class Condition, class Owner, class Ready>
  void operator()(Condition&, Owner&, Ready) const noexcept {}
  static constexpr bool is_over() noexcept { return true; }
};

template <class Platform, class Point>
struct wait_to_point {
  const Point& point;
  template <class Condition, class Owner, class Ready>
  void operator()(Condition& changed, Owner& owner, Ready ready) const {
    static_cast<void>(changed.wait_until(owner, point, ready));
  }
  bool is_over() const {
    if constexpr (std::is_same_v<Point, deadline>)
      return Platform::has_passed(point);
    else
      return deadline::reached(point);
  }
};

template <class Stop>
struct wait_unless_stopped {
  const Stop& stop;
  template <class Condition, class Owner, class Ready>
  void operator()(Condition& changed, Owner& owner, Ready ready) const {
    static_cast<void>(changed.wait(owner, stop, ready));
  }
  bool is_over() const noexcept { return stop.stop_requested(); }
};

// A signal that this thread may have had is for somebody else if it leaves by an exception.
template <class Condition>
struct passes_signal_on {
  Condition& signal;
  bool to_another = true;
  ~passes_signal_on() {
    if (to_another) signal.notify_one();
  }
};

}  // namespace detail

}  // namespace holdfast
