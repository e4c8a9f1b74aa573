// SPDX-License-Identifier: BSL-1.0
// The ends that a wait may have beside its success, as its last arguments: none, a duration, a point
// in time, a stop_token, or a deadline and a stop_token.
#pragma once

#include <type_traits>

#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// The asynchronous forms of a primitive's waits are members of it that <holdfast/async.hpp> gives a
// meaning: by this, which nobody else defines, and by a door to the steps of a wait.
template <class Primitive>
struct include_holdfast_async_hpp;
struct async_access;

template <class Point>
concept wait_point = time_point_like<Point> || std::is_same_v<Point, deadline>;

// A waiter that a stop interrupts.
template <class Platform>
class stoppable_waiter : public basic_waiter<typename Platform::unchecked> {
 public:
  explicit stoppable_waiter(const std::stop_token& stop) : on_stop_(stop, interruption{this}) {}

 private:
  struct interruption {
    stoppable_waiter* self;
    void operator()() const noexcept { self->interrupt(); }
  };
  std::stop_callback<interruption> on_stop_;
};

// Calls `wait(deadline, waiter)`, which is true for success, as the ends say.
template <class Platform>
struct wait_ends {
  using waiter = basic_waiter<typename Platform::unchecked>;

  template <class Wait>
  static bool apply(Wait wait) {
    return apply(wait, deadline::never());
  }

  template <class Wait>
  static bool apply(Wait wait, const deadline& until) {
    waiter self;
    return wait(until, self);
  }

  template <class Wait, duration_like Duration>
  static bool apply(Wait wait, const Duration& duration) {
    return apply(wait, deadline::in(duration));
  }

  template <class Wait, time_point_like TimePoint>
  static bool apply(Wait wait, const TimePoint& point) {
    do {
      if (apply(wait, deadline::at(point))) return true;
    } while (!deadline::reached(point));  // a clock of the caller's may run slower than ours
    return false;
  }

  template <class Wait, stop_token_like Stop>
  static bool apply(Wait wait, const Stop& stop) {
    return apply(wait, deadline::never(), stop);
  }

  // A stop that was requested before is not a wait at all.
  template <class Wait, stop_token_like Stop>
  static bool apply(Wait wait, const deadline& until, const Stop& stop) {
    if (stop.stop_requested()) return false;
    stoppable_waiter<Platform> self(stop);
    return wait(until, self);
  }
};

// Whether `Ends` are arguments for that.
template <class... Ends>
inline constexpr bool are_wait_ends = false;
template <>
inline constexpr bool are_wait_ends<> = true;
template <class End>
inline constexpr bool are_wait_ends<End> =
    duration_like<End> || wait_point<End> || stop_token_like<End>;
template <stop_token_like Stop>
inline constexpr bool are_wait_ends<deadline, Stop> = true;

}  // namespace holdfast::detail
