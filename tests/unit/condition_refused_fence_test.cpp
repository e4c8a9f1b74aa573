// SPDX-License-Identifier: BSL-1.0
// notify_all when the kernel refuses the restart fence: nobody may be moved to the queue of a lock
// whose owner may not look there.
#include <atomic>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "support/refusing.hpp"
#include "support/unanalysed.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using test::refusing;

TEST(condition_without_a_fence, does_not_move_waiters_to_a_lock_whose_owner_does_not_look) {
  for (const bool another_gave_up : {false, true}) {
    refusing::start(false);
    basic_parking_lock<refusing> lock;
    basic_condition<refusing> c;
    std::thread waiter([&] {
      lock.lock();
      c.wait(lock);
      lock.unlock();
    });
    test::await_waiting(c, 1);
    lock.lock();
    // What its wait has left behind would make the next release look: nobody is there any more.
    lock.unlock();
    lock.lock();
    std::thread owner = refusing::stopped_unlock(lock);
    // One that was refused gives up, and leaves a mark that the owner has not seen.
    if (another_gave_up) {
      // On a busy machine a short deadline passes before it has come to the fence.
      for (std::int64_t ns = 2'000'000; !refusing::refused.load() && ns < 10'000'000'000; ns *= 2)
        EXPECT_FALSE(lock.try_lock_until(deadline::after(ns)));
      EXPECT_TRUE(refusing::refused.load());
    }
    EXPECT_EQ(c.notify_all(), 1U);
    refusing::may_store.store(true);
    owner.join();
    waiter.join();  // for ever, if it was moved
  }
}

}  // namespace
}  // namespace holdfast
