// SPDX-License-Identifier: BSL-1.0
// Every lock that can be told to stop waiting.
#include <chrono>
#include <stop_token>

#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

template <class Tested>
class stopping : public lock_suite<Tested> {};
TYPED_TEST_SUITE(stopping, locks_of_many, names_of_locks);

TYPED_TEST(stopping, obtains_a_free_lock) {
  typename TypeParam::lock_type lock;
  const std::stop_source source;
  ASSERT_TRUE(lock.lock(source.get_token()));
  lock.unlock();
  ASSERT_TRUE(lock.lock(std::stop_token{}));  // one that can never be stopped
  lock.unlock();
}

TYPED_TEST(stopping, does_not_even_try_when_a_stop_was_requested_before) {
  typename TypeParam::lock_type lock;
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(lock.lock(source.get_token()));
  EXPECT_FALSE(lock.try_lock_until(deadline::never(), source.get_token()));
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
}

TYPED_TEST(stopping, ends_the_wait_of_a_thread_and_leaves_no_trace) {
  typename TypeParam::lock_type lock;
  std::stop_source source;
  {
    held_elsewhere holder(lock);
    std::atomic<bool> started{false};
    bool taken = true;
    competitor waiter([&] {
      started.store(true);
      taken = lock.lock(source.get_token());
    });
    await(started);
    await_waiters(lock, 1);
    source.request_stop();
    waiter.join();
    EXPECT_FALSE(taken);
    EXPECT_EQ(queued_or(lock, 0U), 0U);
  }
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
}

TYPED_TEST(stopping, obtains_the_lock_when_it_is_released_and_no_stop_comes) {
  typename TypeParam::lock_type lock;
  const std::stop_source source;
  held_elsewhere holder(lock);
  std::atomic<bool> started{false};
  bool taken = false;
  competitor waiter([&] {
    started.store(true);
    taken = lock.lock(source.get_token());
    if (taken) lock.unlock();
  });
  await(started);
  await_waiters(lock, 1);
  holder.release();
  waiter.join();
  EXPECT_TRUE(taken);
}

TYPED_TEST(stopping, a_deadline_and_a_stop_end_the_same_wait_whichever_comes_first) {
  typename TypeParam::lock_type lock;
  std::stop_source source;
  held_elsewhere holder(lock);
  EXPECT_FALSE(lock.try_lock_until(deadline::in(1ms), source.get_token()));
  std::atomic<bool> started{false};
  bool taken = true;
  competitor waiter([&] {
    started.store(true);
    taken = lock.try_lock_until(deadline::in(1h), source.get_token());
  });
  await(started);
  await_waiters(lock, 1);
  source.request_stop();
  waiter.join();
  EXPECT_FALSE(taken);
}

// The one that stops stands before the one that goes on waiting.
TYPED_TEST(stopping, the_waiter_behind_one_that_stops_is_not_forgotten) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(200, 3) / TypeParam::is.stop_rounds + 1;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::stop_source source;
    held_elsewhere holder(lock);
    bool taken = true;
    competitor first([&] { taken = lock.lock(source.get_token()); });
    await_waiters(lock, 1);
    competitor second([&] {
      lock.lock();
      lock.unlock();
    });
    await_waiters(lock, 2);
    source.request_stop();
    first.join();
    EXPECT_FALSE(taken);
    EXPECT_EQ(queued_or(lock, 1U), 1U);
    holder.release();
    second.join();
  }
}

// Stop and unlock at the same time: the waiter may end either way, but the lock must be free
// afterwards and a waiter behind it must get it.
TYPED_TEST(stopping, racing_with_the_unlock_loses_neither_the_lock_nor_a_waiter) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(1'000, 3) / TypeParam::is.stop_rounds + 1;
  std::size_t counter = 0;
  std::size_t obtained = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::stop_source source;
    std::atomic<unsigned> waiting{0};
    bool taken = false;
    lock.lock();
    competitor stoppable([&] {
      waiting.fetch_add(1);
      taken = lock.lock(source.get_token());
      if (!taken) return;
      ++counter;
      lock.unlock();
    });
    competitor behind([&] {
      waiting.fetch_add(1);
      lock.lock();
      ++counter;
      lock.unlock();
    });
    competitor stops([&] {
      await([&] { return waiting.load() == 2; });
      source.request_stop();
    });
    await([&] { return waiting.load() == 2; });
    for (std::size_t pause = 0; pause < i % 8; ++pause) give_way();
    lock.unlock();
    stoppable.join();
    behind.join();
    stops.join();
    obtained += taken ? 2 : 1;
    ASSERT_TRUE(lock.try_lock());
    lock.unlock();
  }
  EXPECT_EQ(counter, obtained);
}

}  // namespace
}  // namespace holdfast::test
