// SPDX-License-Identifier: BSL-1.0
// What the tests of conditions and conditional critical sections share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/counting_clock.hpp"
#include "support/parked.hpp"

namespace holdfast::test {

// For typed tests: what users get, and the portable platform.
using waiting_platforms =
    ::testing::Types<platform::chosen,
                     std::conditional_t<std::is_same_v<platform::chosen, platform::portable>,
                                        platform::checked<platform::portable>, platform::portable>>;
struct names_of_waiting_platforms {
  template <class Platform>
  static std::string GetName(int) {
    return std::is_same_v<Platform, platform::chosen> ? "chosen" : "portable";
  }
};

// The threads that wait for a signal of `c`. Those that notify_all moved to a lock are not among
// them.
template <class Platform>
std::size_t waiting_at(const basic_condition<Platform>& c) {
  return detail::basic_parking_lot<typename Platform::unchecked>::instance().waiters_of(&c);
}

template <class Platform>
void await_waiting(const basic_condition<Platform>& c, std::size_t count) {
  await([&] { return waiting_at(c) == count; });
}

// The threads that are queued for the lock of `m`.
template <class T, class Lock, class Poisoning>
std::size_t queued_for(mutex<T, Lock, Poisoning>& m) {
  return queued_for(detail::mutex_access::lock_of(m));
}

template <class T, class Lock, class Poisoning>
void await_queue(mutex<T, Lock, Poisoning>& m, std::size_t count) {
  await([&] { return queued_for(m) == count; });
}

// Long enough for the next unlock that finds a waiter to hand the lock over.
inline void outlast_barging() {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::nanoseconds(detail::tuning::barging_ns_at_most);
  await([&] { return std::chrono::steady_clock::now() > end; });
}

// A mutex with data and a condition, and threads that wait there one behind the other. Each notes
// its number in the data once it is woken.
template <class Platform>
struct room {
  mutex<std::vector<std::size_t>, basic_parking_lock<Platform>> woken;
  basic_condition<Platform> signal;
  std::vector<std::thread> threads;

  room() = default;
  room(const room&) = delete;
  room& operator=(const room&) = delete;
  ~room() { join(); }

  void enter(std::size_t count) {
    const std::size_t before = waiting_at(signal);
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([this, number = before + i] {
        auto owner = woken.lock();
        signal.wait(owner);
        owner->push_back(number);
      });
      await_waiting(signal, before + i + 1);
    }
  }

  void await_woken(std::size_t count) {
    await([&] { return woken.lock()->size() == count; });
  }

  void join() {
    for (std::thread& each : threads) each.join();
    threads.clear();
  }

  // The numbers from 0 to `count` - 1.
  static std::vector<std::size_t> in_order(std::size_t count) {
    std::vector<std::size_t> numbers(count);
    for (std::size_t i = 0; i < count; ++i) numbers[i] = i;
    return numbers;
  }
};

}  // namespace holdfast::test
