// SPDX-License-Identifier: BSL-1.0
// Who is to be woken when: the deadlines of the tasks that wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/futex_mutex.hpp"

namespace holdfast::detail {

// One for each task. The timers' own while it is among them.
struct timer {
  static constexpr std::size_t nowhere = ~std::size_t{0};

  deadline until = deadline::never();
  platform::suspension* wait = nullptr;
  std::int64_t when = 0;  // to look at `until`, on the monotonic clock
  std::size_t place = nowhere;
};

// A heap, the earliest first. For any thread.
class HOLDFAST_EXPORT timers {
 public:
  static constexpr std::int64_t never = INT64_MAX;

  // Room for one more task, so that add() never allocates; may throw std::bad_alloc. A room is
  // given back by one_less().
  void one_more();
  void one_less() noexcept;

  // `t.until` and `t.wait` are set. True if it is the earliest now. O(log n), as is remove().
  bool add(timer& t) noexcept;

  // After this, `t.wait` is not touched. It need not be among the timers any more.
  void remove(timer& t) noexcept;

  // Tells those whose deadline has passed.
  void expire_due() noexcept;

  // When the earliest has to be looked at, on the monotonic clock; a glance.
  std::int64_t earliest() const noexcept { return earliest_.load(platform::order::relaxed); }

 private:
  void put(timer& t, std::size_t place) noexcept;
  void sift_up(timer& t) noexcept;
  void sift_down(timer& t) noexcept;
  void insert(timer& t) noexcept;
  void take_out(timer& t) noexcept;
  void note_earliest() noexcept;

  futex_mutex<platform::native> mutex_;
  std::vector<timer*> heap_;  // under the mutex, as are the next two
  std::size_t count_ = 0;     // timers in it
  std::size_t rooms_ = 0;     // tasks
  platform::atomic<std::int64_t> earliest_{never};
};

}  // namespace holdfast::detail
