// SPDX-License-Identifier: BSL-1.0
// What a fiber says and asks of itself.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/fiber/spawner.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/wait_ends.hpp"

namespace holdfast::fiber {

// True in a fiber of holdfast. All that follows works in a plain thread as well.
HOLDFAST_EXPORT bool in_fiber() noexcept;

// Lets the other fibers that are ready run first. A switch of stacks, and no call of the kernel; if
// no other is ready, nothing. In a plain thread std::this_thread::yield().
HOLDFAST_EXPORT void yield() noexcept;

// Lets others run until the time has come. With a stop_token, false if a stop came first.
template <duration_like Duration>
void sleep_for(const Duration& duration) {
  holdfast::detail::basic_waiter<platform::native>().sleep(deadline::in(duration));
}
template <holdfast::detail::wait_point Point>
void sleep_until(const Point& point) {
  holdfast::detail::wait_ends<platform::native>::apply(
      [](const deadline& until, auto& self) {
        self.sleep(until);
        return false;
      },
      point);
}
template <duration_like Duration, stop_token_like Stop>
[[nodiscard]] bool sleep_for(const Duration& duration, const Stop& stop) {
  using waiter = holdfast::detail::basic_waiter<platform::native>;
  return !stop.stop_requested() && holdfast::detail::stoppable_waiter<platform::native>(stop).sleep(
                                       deadline::in(duration)) != waiter::outcome::interrupted;
}

// Gives the calling fiber a floating-point environment of its own: its rounding mode, its traps and
// its flags then follow it, and no other fiber sees them. To be called before the fiber changes
// them, if it waits or yields before it has changed them back. Without it they are the thread's, and
// a switch need not look at them, which would take it half as long again. In a plain thread nothing.
HOLDFAST_EXPORT void keep_float_environment() noexcept;

// A new fiber beside the calling one, run by whoever runs that. Throws std::system_error
// (operation_not_permitted) in a plain thread.
template <class F>
  requires detail::fiber_function<std::decay_t<F>>
handle<detail::result_of<std::decay_t<F>>> spawn(F&& f) {
  return detail::spawn_by(detail::this_crew(), {}, std::forward<F>(f));
}
template <class F>
  requires detail::fiber_function<std::decay_t<F>>
handle<detail::result_of<std::decay_t<F>>> spawn(options how, F&& f) {
  return detail::spawn_by(detail::this_crew(), std::move(how), std::forward<F>(f));
}

// Of the calling fiber: whether somebody has asked it to stop, its name, and a number that no other
// has. In a plain thread a token that never says so, no name, and 0.
HOLDFAST_EXPORT std::stop_token stop_token() noexcept;
HOLDFAST_EXPORT const std::string& name() noexcept;
HOLDFAST_EXPORT std::uint64_t id() noexcept;

}  // namespace holdfast::fiber
