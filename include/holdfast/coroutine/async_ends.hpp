// SPDX-License-Identifier: BSL-1.0
// The last arguments of an asynchronous wait: the ends of wait_ends.hpp, and where to resume.
#pragma once

#include <optional>
#include <type_traits>

#include "holdfast/coroutine/executor.hpp"
#include "holdfast/wait/wait_ends.hpp"

namespace holdfast::detail {

// Whether `Arguments` are ends, and perhaps an executor behind them.
template <class... Arguments>
inline constexpr bool are_async_arguments = are_wait_ends<Arguments...>;
template <class Executor>
inline constexpr bool are_async_arguments<resume_on_given<Executor>> = true;
template <class End, class Executor>
inline constexpr bool are_async_arguments<End, resume_on_given<Executor>> = are_wait_ends<End>;
template <class First, class Second, class Executor>
inline constexpr bool are_async_arguments<First, Second, resume_on_given<Executor>> =
    are_wait_ends<First, Second>;

// The deadline of a wait. A clock that is not ours is looked at again when ours says that it is time.
struct no_deadline {
  static deadline first_look() noexcept { return deadline::never(); }
  static constexpr bool is_renewed(deadline&) noexcept { return false; }
};

class fixed_deadline {
 public:
  explicit fixed_deadline(const deadline& until) noexcept : until_(until) {}
  deadline first_look() const noexcept { return until_; }
  static constexpr bool is_renewed(deadline&) noexcept { return false; }

 private:
  deadline until_;
};

template <class TimePoint>
class point_of_clock {
 public:
  explicit point_of_clock(const TimePoint& point) : point_(point) {}
  deadline first_look() const { return deadline::at(point_); }
  bool is_renewed(deadline& next_look) const noexcept {
    return detail::is_renewed(point_, next_look);
  }

 private:
  TimePoint point_;
};

// The stop of a wait.
struct no_stop {
  static constexpr bool is_requested() noexcept { return false; }
  template <class Waiter>
  static constexpr void listen(Waiter&) noexcept {}
  static constexpr void forget() noexcept {}
};

template <class Waiter, class Stop>
class stop_of {
 public:
  explicit stop_of(const Stop& stop) : stop_(stop) {}
  bool is_requested() const noexcept { return stop_.stop_requested(); }
  void listen(Waiter& waiter) { on_stop_.emplace(stop_, interruption{&waiter}); }
  // The waiter is not interrupted any more when this returns.
  void forget() noexcept { on_stop_.reset(); }

 private:
  struct interruption {
    Waiter* waiter;
    void operator()() const noexcept { waiter->interrupt(); }
  };
  Stop stop_;
  std::optional<std::stop_callback<interruption>> on_stop_;
};

// What the arguments say.
inline no_deadline deadline_among() noexcept { return {}; }
template <class First, class... Rest>
auto deadline_among(const First& first, const Rest&... rest) {
  if constexpr (duration_like<First>)
    return fixed_deadline(deadline::in(first));
  else if constexpr (std::is_same_v<First, deadline>)
    return fixed_deadline(first);
  else if constexpr (time_point_like<First>)
    return point_of_clock<First>(first);
  else
    return deadline_among(rest...);
}

template <class Waiter>
no_stop stop_among() noexcept {
  return {};
}
template <class Waiter, class First, class... Rest>
auto stop_among(const First& first, const Rest&... rest) {
  if constexpr (stop_token_like<First>)
    return stop_of<Waiter, First>(first);
  else
    return stop_among<Waiter>(rest...);
}

inline resume_as_promised executor_among() noexcept { return {}; }
template <class Executor>
resume_on_given<Executor> executor_among(const resume_on_given<Executor>& given) {
  return given;
}
template <class First, class... Rest>
auto executor_among(const First&, const Rest&... rest) {
  return executor_among(rest...);
}

}  // namespace holdfast::detail
