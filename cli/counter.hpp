// SPDX-License-Identifier: BSL-1.0
// The counter that several threads increment, without a lock and under each kind of lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "holdfast/mutex.hpp"
#include "holdfast/spin/peterson_lock.hpp"

#include "threads.hpp"

namespace cli {

using nanoseconds = std::chrono::nanoseconds;

struct counter_result {
  std::int64_t final_value;
  spent cost;
  std::optional<nanoseconds> worst_wait;  // none: there was no lock to wait for
};

// Waits until `lock` returns and says how long. Only called after a try that failed: a lock that was
// free costs no look at the clock.
template <class Function>
nanoseconds measured(Function&& lock) {
  const auto start = std::chrono::steady_clock::now();
  lock();
  return std::chrono::steady_clock::now() - start;
}

// Each counter has `increment(thread)`, which returns how long it waited for the lock.

class unlocked_counter {
 public:
  static constexpr bool waits = false;

  // Loses what another thread adds between the load and the store. Atomic, so that it is no
  // undefined behaviour and the compiler cannot turn the loop into one addition.
  nanoseconds increment(unsigned) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return {};
  }
  std::int64_t value() const noexcept { return value_.load(); }

 private:
  std::atomic<std::int64_t> value_{0};
};

template <class Lock>
class locked_counter {
 public:
  static constexpr bool waits = true;

  // Written out in two halves for the thread safety analysis of clang.
  nanoseconds increment(unsigned) {
    if (lock_.try_lock()) {
      ++value_;
      lock_.unlock();
      return nanoseconds{0};
    }
    const auto start = std::chrono::steady_clock::now();
    lock_.lock();
    const nanoseconds waited = std::chrono::steady_clock::now() - start;
    ++value_;
    lock_.unlock();
    return waited;
  }
  std::int64_t value() const noexcept { return value_; }

 private:
  Lock lock_;
  std::int64_t value_ = 0;
};

// The same as users write it: the mutex owns the counter.
class owned_counter {
 public:
  static constexpr bool waits = true;

  nanoseconds increment(unsigned) {
    nanoseconds waited{0};
    auto value = counter_.try_lock();
    if (!value) waited = measured([&] { value = counter_.lock(); });
    ++*value;
    return waited;
  }
  std::int64_t value() { return counter_.get_mut(); }

 private:
  holdfast::mutex<std::int64_t> counter_;
};

// For threads 0 and 1.
class peterson_counter {
 public:
  static constexpr bool waits = true;

  nanoseconds increment(unsigned thread) noexcept {
    nanoseconds waited{0};
    if (!lock_.try_enter_region(thread))
      waited = measured([this, thread] { lock_.enter_region(thread); });
    ++value_;
    lock_.leave_region(thread);
    return waited;
  }
  std::int64_t value() const noexcept { return value_; }

 private:
  holdfast::peterson_lock lock_;
  std::int64_t value_ = 0;
};

template <class Counter>
counter_result count_with(unsigned threads, std::int64_t increments) {
  alignas(64) Counter counter;
  std::vector<nanoseconds> worst(threads, nanoseconds{0});
  const spent cost = run_together(threads, [&](unsigned thread) {
    nanoseconds worst_here{0};
    for (std::int64_t i = 0; i < increments; ++i)
      worst_here = std::max(worst_here, counter.increment(thread));
    worst[thread] = worst_here;
  });
  counter_result result{counter.value(), cost, std::nullopt};
  if (Counter::waits) result.worst_wait = *std::max_element(worst.begin(), worst.end());
  return result;
}

}  // namespace cli
