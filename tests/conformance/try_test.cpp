// SPDX-License-Identifier: BSL-1.0
// Every lock: try_lock never waits.
#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

template <class Tested>
class trying : public lock_suite<Tested> {};
TYPED_TEST_SUITE(trying, every_lock, names_of_locks);

template <class Tested>
class trying_with_waiters : public lock_suite<Tested> {};
TYPED_TEST_SUITE(trying_with_waiters, locks_of_many, names_of_locks);

TYPED_TEST(trying, takes_a_free_lock) {
  typename TypeParam::lock_type lock;
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
}

TYPED_TEST(trying, fails_while_another_thread_owns_the_lock) {
  typename TypeParam::lock_type lock;
  lock.lock();
  bool taken = true;
  this->opponent([&] { taken = lock.try_lock(); }).join();
  EXPECT_FALSE(taken);
  lock.unlock();
}

TYPED_TEST(trying, fails_while_another_thread_owns_the_lock_by_try_lock) {
  typename TypeParam::lock_type lock;
  ASSERT_TRUE(lock.try_lock());
  bool taken = true;
  this->opponent([&] { taken = lock.try_lock(); }).join();
  EXPECT_FALSE(taken);
  lock.unlock();
}

TYPED_TEST(trying, succeeds_in_another_thread_after_the_unlock) {
  typename TypeParam::lock_type lock;
  lock.lock();
  lock.unlock();
  bool taken = false;
  this->opponent([&] {
        taken = lock.try_lock();
        if (taken) lock.unlock();
      })
      .join();
  EXPECT_TRUE(taken);
}

TYPED_TEST(trying, a_failed_try_leaves_the_lock_as_it_was) {
  typename TypeParam::lock_type lock;
  lock.lock();
  this->opponent([&] {
        for (int i = 0; i < 100; ++i) EXPECT_FALSE(lock.try_lock());
      })
      .join();
  lock.unlock();
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
}

TYPED_TEST(trying, keeps_a_thread_out_that_waits_with_lock) {
  typename TypeParam::lock_type lock;
  ASSERT_TRUE(lock.try_lock());
  int data = 1;
  std::atomic<bool> started{false};
  int seen = 0;
  {
    const auto waiter = this->opponent([&] {
      started.store(true);
      lock.lock();
      seen = data;
      lock.unlock();
    });
    await(started);
    await_waiters(lock, 1);
    data = 2;
    lock.unlock();
  }
  EXPECT_EQ(seen, 2);
}

TYPED_TEST(trying_with_waiters, fails_for_a_held_lock_that_others_wait_for) {
  typename TypeParam::lock_type lock;
  held_elsewhere holder(lock);
  std::atomic<bool> started{false};
  const auto waiter = this->opponent([&] {
    started.store(true);
    lock.lock();
    lock.unlock();
  });
  await(started);
  await_waiters(lock, 1);
  EXPECT_FALSE(lock.try_lock());
  holder.release();
}

}  // namespace
}  // namespace holdfast::test
