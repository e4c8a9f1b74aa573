// SPDX-License-Identifier: BSL-1.0
// The parking lock when the kernel refuses the restart fence, step by step.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "lock/parking_lock_algorithm.hpp"
#include "support/parked.hpp"
#include "support/refusing.hpp"
#include "support/unanalysed.hpp"

namespace holdfast {
namespace {

using test::refusing;

// The owner has looked and seen nobody; a waiter queues; the owner stores and wakes nobody. The
// waiter must find out by itself.
void expect_the_waiter_to_look_again(bool refused_before) {
  refusing::start(refused_before);
  basic_parking_lock<refusing> lock;
  lock.lock();
  std::atomic<bool> served{false};
  std::thread owner = refusing::stopped_unlock(lock);
  std::thread waiter([&] {
    lock.lock();
    served.store(true);
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
