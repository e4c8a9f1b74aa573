// SPDX-License-Identifier: BSL-1.0
// Who keeps the deadlines of those who do not sleep themselves.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/wait/futex_mutex.hpp"
#include "holdfast/wait/pairing_heap.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// One deadline of one waiter. It must have left before either of them ends.
template <class Platform>
struct alarm : heap_links<alarm<Platform>> {
  basic_waiter<Platform>* waiter = nullptr;
  deadline until = deadline::never();
  bool joined = false;  // under the lock of the timers, as are the links

  std::int64_t due() const noexcept { return until.nanoseconds(); }
};

template <class Platform>
using alarm_heap = pairing_heap<alarm<Platform>>;

// The alarms of one clock, and the thread that serves them.
template <class Platform>
class HOLDFAST_EXPORT basic_timers {
 public:
  // The timers of a clock. Their thread is started by the first call; throws std::system_error if
  // the system has none.
  static basic_timers& of(deadline::clock_kind clock);

  // Has the waiter expire when its deadline has passed.
  void join(alarm<Platform>& a) noexcept;

  // It will not, or has done so, when this returns.
  void leave(alarm<Platform>& a) noexcept;

  // One round of the thread: expires a waiter, or sleeps until there may be one to expire.
  void serve() noexcept;

 private:
  using order = platform::order;

  futex_mutex<Platform> mutex_;
  alarm_heap<Platform> alarms_;       // under the mutex
  alarm<Platform>* rings_ = nullptr;  // whose waiter is being expired: under the mutex
  typename Platform::template atomic<std::uint32_t> changes_;  // of the first alarm
};

}  // namespace holdfast::detail
