// SPDX-License-Identifier: BSL-1.0
// What is the parking lock's own, beyond the conformance suite: queueing, hand-over, the mark.
#include "holdfast/lock/parking_lock.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast {
namespace {

using platform::native;
using platform::portable;

template <class Lock>
class parking_lock_of : public ::testing::Test {};
using kinds = ::testing::Types<basic_parking_lock<native>,
                               basic_parking_lock<native, unlock_by::compare_and_swap>,
                               basic_parking_lock<portable>>;
TYPED_TEST_SUITE(parking_lock_of, kinds);

static_assert(sizeof(basic_parking_lock<native>) <= 4);
static_assert(std::is_trivially_destructible_v<basic_parking_lock<native>>);

// The two bytes of a lock, for a look from outside.
template <class Lock>
bool is_marked(const Lock& lock) {
  return (reinterpret_cast<const volatile unsigned char*>(&lock)[1] & 1U) != 0;
}

TYPED_TEST(parking_lock_of, a_waiter_sleeps_in_the_queue_of_the_lock) {
  TypeParam lock;
  lock.lock();
  EXPECT_FALSE(is_marked(lock));
  std::thread waiter([&] {
    lock.lock();
    lock.unlock();
  });
  test::await_waiters(lock, 1);
  EXPECT_TRUE(is_marked(lock));
  lock.unlock();
  waiter.join();
  EXPECT_EQ(test::queued_for(lock), 0U);
}

TYPED_TEST(parking_lock_of, several_waiters_are_all_served) {
  TypeParam lock;
  std::size_t counter = 0;
  std::vector<std::thread> waiters;
  lock.lock();
  for (std::size_t i = 0; i < 8; ++i) {
    waiters.emplace_back([&] {
      lock.lock();
      ++counter;
      lock.unlock();
    });
    test::await_waiters(lock, i + 1);
  }
  lock.unlock();
  for (std::thread& each : waiters) each.join();
  EXPECT_EQ(counter, 8U);
  EXPECT_EQ(test::queued_for(lock), 0U);
}

// A mark without a waiter costs the next unlock a look, which takes it back.
TYPED_TEST(parking_lock_of, the_mark_of_a_waiter_that_gave_up_is_taken_back) {
  TypeParam lock;
  {
    test::held_elsewhere holder(lock);
    // On a busy machine the deadline may pass before the waiter comes to queue.
    do {
      EXPECT_FALSE(lock.try_lock_until(deadline::after(1'000'000)));
    } while (!is_marked(lock));
    EXPECT_EQ(test::queued_for(lock), 0U);
  }
  EXPECT_FALSE(is_marked(lock));
  lock.lock();
  lock.unlock();
  EXPECT_FALSE(is_marked(lock));
}

// A newcomer that hammers the lock cannot take it again in the moment in which it is handed over.
// Whether it is, time decides; so it is tried until it was.
TYPED_TEST(parking_lock_of, the_lock_is_handed_to_a_waiter_after_some_barging) {
  for (bool handed_over = false; !handed_over;) {
    TypeParam lock;
    std::atomic<bool> owned{false};
    std::atomic<bool> looked{false};
    lock.lock();
    std::thread waiter([&] {
      lock.lock();
      owned.store(true);
      test::await(looked);
      lock.unlock();
    });
    test::await_waiters(lock, 1);
    lock.unlock();
    if (lock.try_lock())
      lock.unlock();
    else
      handed_over = true;  // or taken by him already, which comes to the same
    looked.store(true);
    waiter.join();
    EXPECT_TRUE(owned.load());
  }
}

TYPED_TEST(parking_lock_of, waiters_of_neighbouring_locks_do_not_mix) {
  TypeParam locks[16];
  for (TypeParam& each : locks) each.lock();
  std::vector<std::thread> waiters;
  std::atomic<std::size_t> served{0};
  for (TypeParam& each : locks)
    waiters.emplace_back([&] {
      each.lock();
      served.fetch_add(1);
      each.unlock();
    });
  for (TypeParam& each : locks) test::await_waiters(each, 1);
  for (std::size_t i = 0; i < std::size(locks); ++i) {
    EXPECT_EQ(test::queued_for(locks[i]), 1U);
    locks[i].unlock();
    test::await([&] { return served.load() == i + 1; });
  }
  for (std::thread& each : waiters) each.join();
}

// As many releases as a lock is wary for, and some more, with a waiter now and then.
TYPED_TEST(parking_lock_of, no_waiter_is_lost_however_long_ago_the_last_one_was) {
  TypeParam lock;
  for (const unsigned apart : {0U, 1U, 2U, 62U, 63U, 64U, 65U, 300U}) {
    for (unsigned i = 0; i < apart * platform::releases_that_count_one; ++i) {
      lock.lock();
      lock.unlock();
    }
    lock.lock();
    bool served = false;
    std::thread waiter([&] {
      lock.lock();
      served = true;
      lock.unlock();
    });
    test::await_waiters(lock, 1);
    lock.unlock();
    waiter.join();
    EXPECT_TRUE(served);
  }
}

// Both kinds of unlock and both platforms are types of their own: no mixture compiles.
static_assert(!std::is_same_v<basic_parking_lock<native>,
                              basic_parking_lock<native, unlock_by::compare_and_swap>>);

}  // namespace
}  // namespace holdfast
