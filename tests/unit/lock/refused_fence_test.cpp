// SPDX-License-Identifier: BSL-1.0
// The parking lock when the kernel refuses the restart fence, step by step: a platform whose release
// stops between its look and its store, as a thread in a restartable sequence may.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/platform/portable.hpp"

#include "lock/parking_lock_algorithm.hpp"
#include "support/parked.hpp"
#include "support/unanalysed.hpp"

namespace holdfast {
namespace {

struct refusing : platform::portable {
  using unchecked = platform::portable;
  static constexpr bool has_restartable = true;

  static inline std::atomic<bool> stops_in_release{false};
  static inline std::atomic<bool> in_release{false};
  static inline std::atomic<bool> may_store{false};
  static inline std::atomic<bool> refused{false};

  static bool release_alone(lock_bytes& bytes) noexcept {
    if (!stops_in_release.load()) return bytes.release_alone();
    if (bytes.address()[1] != 0) return false;
    in_release.store(true);
    test::await(may_store);
    __atomic_store_n(bytes.address(), std::uint8_t{0}, __ATOMIC_RELEASE);
    return true;
  }
  static bool restartable_in_use() noexcept { return true; }
  static bool restart_fence() noexcept {
    refused.store(true);
    return false;
  }
  static bool restart_fence_refused() noexcept { return refused.load(); }

  static void start(bool refused_before) {
    stops_in_release.store(true);
    in_release.store(false);
    may_store.store(false);
    refused.store(refused_before);
  }
};

// The owner has looked and seen nobody; a waiter queues; the owner stores and wakes nobody. The
// waiter must find out by itself.
void expect_the_waiter_to_look_again(bool refused_before) {
  refusing::start(refused_before);
  basic_parking_lock<refusing> lock;
  lock.lock();
  std::atomic<bool> served{false};
  std::thread owner([&] { lock.unlock(); });
  test::await(refusing::in_release);
  std::thread waiter([&] {
    lock.lock();
    served.store(true);
    refusing::stops_in_release.store(false);
    lock.unlock();
  });
  // One that naps is in the queue only now and then; that it has been there is enough.
  test::await([&] { return test::queued_for(lock) == 1; });
  refusing::may_store.store(true);
  owner.join();

  // It has all the time of several naps; if it is asleep for good, wake it, or the test would hang.
  const deadline patience = deadline::after(10'000'000'000);
  test::await([&] { return served.load() || patience.has_passed(); });
  EXPECT_TRUE(served.load()) << "the waiter sleeps for good on a free lock";
  refusing::stops_in_release.store(false);
  if (!served.load()) {
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
  }
  waiter.join();
}

TEST(refused_fence, a_later_waiter_does_not_sleep_for_good) {
  expect_the_waiter_to_look_again(true);
}

TEST(refused_fence, the_waiter_that_is_refused_first_does_not_sleep_for_good) {
  expect_the_waiter_to_look_again(false);
}

}  // namespace
}  // namespace holdfast
