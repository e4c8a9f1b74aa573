// SPDX-License-Identifier: BSL-1.0
// What the tests of the parking lot share: the platforms, and threads that park.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"

namespace holdfast::detail {

// Validation that agrees.
inline constexpr auto always = [] { return true; };

struct names_of_platforms {
  template <class Platform>
  static std::string GetName(int) {
    return std::is_same_v<Platform, platform::portable> ? "portable" : "native";
  }
};
using platforms = std::conditional_t<std::is_same_v<platform::native, platform::portable>,
                                     ::testing::Types<platform::portable>,
                                     ::testing::Types<platform::native, platform::portable>>;

template <class Platform>
class lot_suite : public ::testing::Test {
 public:
  static basic_parking_lot<Platform>& lot() { return basic_parking_lot<Platform>::instance(); }

  // Parks the calling thread until somebody unparks it.
  static park_result park(const void* key) {
    basic_waiter<Platform> waiter;
    return lot().park(key, waiter, deadline::never(), always);
  }

  static void await_queue(const void* key, std::size_t count) {
    test::await([=] { return lot().waiters_of(key) == count; });
  }

  // Unparks one waiter of `key` with `token`; what the callback was told goes to `told`.
  static bool unpark(const void* key, std::uintptr_t token, unpark_info* told = nullptr) {
    return lot().unpark_one(key, [&](unpark_info info) {
      if (told != nullptr) *told = info;
      return token;
    });
  }
};

// Threads that park one after the other, so that their order in the queue is known.
template <class Platform>
class queue_of_threads {
 public:
  queue_of_threads(const void* key, std::size_t count) : results_(count) {
    const std::size_t before = lot_suite<Platform>::lot().waiters_of(key);
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, key, i] {
        results_[i] = lot_suite<Platform>::park(key);
        left_.fetch_add(1);
      });
      lot_suite<Platform>::await_queue(key, before + i + 1);
    }
  }
  queue_of_threads(const queue_of_threads&) = delete;
  queue_of_threads& operator=(const queue_of_threads&) = delete;
  ~queue_of_threads() { join(); }

  void join() {
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

  // How many have been unparked so far.
  std::size_t left() const { return left_.load(); }
  void await_left(std::size_t count) const {
    test::await([&] { return left() == count; });
  }

  // After join().
  const park_result& of(std::size_t index) const { return results_[index]; }

 private:
  std::vector<park_result> results_;
  std::atomic<std::size_t> left_{0};
  std::vector<std::thread> threads_;
};

}  // namespace holdfast::detail
