// SPDX-License-Identifier: BSL-1.0
// Who is to be woken when: the deadlines of the tasks that wait.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/futex_mutex.hpp"
#include "holdfast/wait/pairing_heap.hpp"

namespace holdfast::detail {

// One for each task. The timers' own while it is among them.
struct timer : heap_links<timer> {
  deadline until = deadline::never();
  platform::suspension* wait = nullptr;
  std::int64_t when = 0;  // to look at `until`, on the monotonic clock
  bool joined = false;

  std::int64_t due() const noexcept { return when; }
};

// Those of the fibers that the same threads run, the earliest first. For any thread.
class HOLDFAST_EXPORT timers {
 public:
  static constexpr std::int64_t never = INT64_MAX;

  // `t.until` and `t.wait` are set. True if it is the earliest now.
  bool add(timer& t) noexcept;

  // After this, `t.wait` is not touched. It need not be among the timers any more.
  void remove(timer& t) noexcept;

  // Tells those whose deadline has passed.
  void expire_due() noexcept;

  // When the earliest has to be looked at, on the monotonic clock; a glance.
  std::int64_t earliest() const noexcept { return earliest_.load(platform::order::relaxed); }

 private:
  void insert(timer& t) noexcept;
  void take_out(timer& t) noexcept;
  void note_earliest() noexcept;

  futex_mutex<platform::native> mutex_;
  pairing_heap<timer> heap_;  // under the mutex
  platform::atomic<std::int64_t> earliest_{never};
};

}  // namespace holdfast::detail
