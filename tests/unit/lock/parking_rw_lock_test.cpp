// SPDX-License-Identifier: BSL-1.0
// What the reader-writer lock promises beyond the conformance suite, which has its exclusive side.
#include "holdfast/lock/parking_rw_lock.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <vector>

#include "support/thread_locals.hpp"
#include "unit/lock/rw_lock_fixture.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::holder;
using test::reader;
using test::upgrader;
using test::writer;

template <class Lock>
using parking_rw_lock_of = test::rw_lock<Lock>;
TYPED_TEST_SUITE(parking_rw_lock_of, test::rw_locks);

static_assert(sizeof(basic_parking_rw_lock<platform::native>) <= 12);
static_assert(std::is_trivially_destructible_v<basic_parking_rw_lock<platform::native>>);

// All ways of reading: the lock as it begins, and after many reads without a writer.
template <class Lock, class Body>
void in_all_modes(Body body) {
  {
    SCOPED_TRACE("counted");
    Lock lock;
    body(lock);
  }
  {
    SCOPED_TRACE("in fenced slots");
    Lock lock;
    test::read_until_fenced_slots(lock);
    body(lock);
  }
  {
    SCOPED_TRACE("in slots");
    Lock lock;
    test::read_until_slots(lock);
    body(lock);
  }
}

TYPED_TEST(parking_rw_lock_of, readers_share_and_a_writer_is_alone) {
  in_all_modes<TypeParam>([](TypeParam& lock) {
    reader one(lock);
    one.await_held();
    lock.lock_shared();
    EXPECT_FALSE(lock.try_lock());
    lock.unlock_shared();
    EXPECT_FALSE(lock.try_lock());
    one.release();
    ASSERT_TRUE(lock.try_lock());
    bool got = true;
    std::thread([&] {
      got = lock.try_lock_shared() || lock.try_lock() || lock.try_lock_upgrade();
    }).join();
    EXPECT_FALSE(got);
    lock.unlock();
    ASSERT_TRUE(lock.try_lock_shared());
    lock.unlock_shared();
  });
}

TYPED_TEST(parking_rw_lock_of, a_waiting_writer_gets_in_when_the_last_reader_has_left) {
  in_all_modes<TypeParam>([](TypeParam& lock) {
    reader one(lock);
    reader two(lock);
    one.await_held();
    two.await_held();
    writer third(lock);
    await([&] { return test::is_closed(lock); });
    one.release();
    EXPECT_FALSE(third.holds());
    two.release();
    third.await_held();
    third.release();
    EXPECT_TRUE(lock.try_lock_shared());
    lock.unlock_shared();
  });
}

TYPED_TEST(parking_rw_lock_of, a_waiting_writer_keeps_new_readers_out) {
  in_all_modes<TypeParam>([](TypeParam& lock) {
    reader one(lock);
    one.await_held();
    writer second(lock);
    await([&] { return test::is_closed(lock); });
    bool entered = true;
    std::thread([&] { entered = lock.try_lock_shared(); }).join();
    EXPECT_FALSE(entered);
    reader third(lock);
    test::await_waiters(lock, 1);
    EXPECT_FALSE(second.holds());
    one.release();
    second.await_held();
    EXPECT_FALSE(third.holds());
    second.release();
    third.await_held();
  });
}

TYPED_TEST(parking_rw_lock_of, a_thread_that_reads_may_read_again_while_a_writer_waits) {
  in_all_modes<TypeParam>([](TypeParam& lock) {
    lock.lock_shared();
    {
      writer waits(lock);
      await([&] { return test::is_closed(lock); });
      lock.lock_shared();  // would deadlock
      ASSERT_TRUE(lock.try_lock_shared());
      ASSERT_TRUE(lock.try_lock_shared_for(1h));
      EXPECT_FALSE(waits.holds());
      for (int i = 0; i < 3; ++i) lock.unlock_shared();
      EXPECT_FALSE(waits.holds());
      lock.unlock_shared();
      waits.await_held();
    }
    ASSERT_TRUE(lock.try_lock());
    lock.unlock();
  });
}

TYPED_TEST(parking_rw_lock_of, a_thread_reads_under_more_locks_than_it_has_slots) {
  std::vector<TypeParam> locks(20);
  for (TypeParam& each : locks) test::read_until_slots(each);
  for (int round = 0; round < 3; ++round) {
    for (TypeParam& each : locks) each.lock_shared();
    for (TypeParam& each : locks) EXPECT_FALSE(each.try_lock());
    for (TypeParam& each : locks) each.unlock_shared();
    for (TypeParam& each : locks) {
      ASSERT_TRUE(each.try_lock());
      each.unlock();
    }
  }
}

TYPED_TEST(parking_rw_lock_of, locks_of_a_thread_may_be_released_in_any_order) {
  TypeParam a;
  TypeParam b;
  test::read_until_slots(a);
  test::read_until_slots(b);
  a.lock_shared();
  b.lock_shared();
  a.lock_shared();
  a.unlock_shared();
  a.unlock_shared();
  ASSERT_TRUE(a.try_lock());
  EXPECT_FALSE(b.try_lock());
  a.unlock();
  b.unlock_shared();
  ASSERT_TRUE(b.try_lock());
  b.unlock();
}

TYPED_TEST(parking_rw_lock_of, a_writer_ends_the_time_of_slots_and_it_comes_again) {
  TypeParam lock;
  test::read_until_slots(lock);
  lock.lock();
  EXPECT_FALSE(test::uses_slots(lock));
  lock.unlock();
  test::read_until_slots(lock);  // or the time limit of the test ends it
}

TYPED_TEST(parking_rw_lock_of, a_deadline_ends_the_wait_of_a_writer_and_leaves_no_trace) {
  in_all_modes<TypeParam>([](TypeParam& lock) {
    reader one(lock);
    one.await_held();
    EXPECT_FALSE(lock.try_lock_for(0ms));
    EXPECT_FALSE(lock.try_lock_for(-1ms));
    EXPECT_FALSE(lock.try_lock_for(2ms));
    ASSERT_TRUE(lock.try_lock_shared());
    lock.unlock_shared();
    one.release();
    EXPECT_EQ(test::queued_for(lock), 0U);
    ASSERT_TRUE(lock.try_lock_for(24h * 365 * 1000));
    lock.unlock();
  });
}

// Readers that a writer kept out get in again when it gives up.
TYPED_TEST(parking_rw_lock_of, a_writer_that_is_stopped_while_it_waits_lets_the_readers_in) {
  in_all_modes<TypeParam>([](TypeParam& lock) {
    reader one(lock);
    one.await_held();
    std::stop_source stop;
    bool got = true;
    std::thread gives_up([&] { got = lock.lock(stop.get_token()); });
    await([&] { return test::is_closed(lock); });
    reader second(lock);
    reader third(lock);
    test::await_waiters(lock, 2);
    writer fourth(lock);
    test::await_waiters(lock, 3);
    stop.request_stop();
    gives_up.join();
    EXPECT_FALSE(got);
    one.release();
    holder* const waiting[] = {&second, &third, &fourth};
    for (holder* const each : waiting) each->let_go();
    for (holder* const each : waiting) each->release();
    EXPECT_EQ(test::queued_for(lock), 0U);
  });
}

TYPED_TEST(parking_rw_lock_of, a_reader_gives_up_by_deadline_and_by_stop) {
  TypeParam lock;
  writer one(lock);
  one.await_held();
  EXPECT_FALSE(lock.try_lock_shared_for(1ms));
  EXPECT_FALSE(lock.try_lock_shared_until(std::chrono::steady_clock::now() - 1s));
  EXPECT_FALSE(lock.try_lock_shared_until(deadline::already_past()));
  std::stop_source stop;
  bool got = true;
  std::thread gives_up([&] { got = lock.lock_shared(stop.get_token()); });
  test::await_waiters(lock, 1);
  stop.request_stop();
  gives_up.join();
  EXPECT_FALSE(got);
  EXPECT_FALSE(lock.lock_shared(stop.get_token()));
  EXPECT_EQ(test::queued_for(lock), 0U);
  one.release();
  EXPECT_FALSE(lock.lock_shared(stop.get_token()));  // not even tried
  ASSERT_TRUE(lock.lock_shared(std::stop_token()));
  lock.unlock_shared();
}

TYPED_TEST(parking_rw_lock_of, meets_the_shared_timed_lockable_of_the_standard) {
  TypeParam lock;
  {
    const std::shared_lock hold(lock, 1ms);
    EXPECT_TRUE(hold.owns_lock());
    const std::shared_lock also(lock, std::try_to_lock);
    EXPECT_TRUE(also.owns_lock());
    const std::shared_lock until(lock, std::chrono::system_clock::now() + 1h);
    EXPECT_TRUE(until.owns_lock());
  }
  {
    TypeParam other;
    const std::scoped_lock both(lock, other);
    const std::shared_lock hold(lock, std::defer_lock);
    EXPECT_FALSE(hold.owns_lock());
  }
  const std::unique_lock alone(lock, 1ms);
  EXPECT_TRUE(alone.owns_lock());
}

// The last of many ways to use a lock: when a thread's own things are destroyed.
template <class Lock>
Lock late_lock;
template <class Lock>
std::atomic<int> late_reads;

template <class Lock>
struct reads_when_its_thread_ends {
  bool holds = false;
  ~reads_when_its_thread_ends() {
    if (holds) late_lock<Lock>.unlock_shared();
    late_lock<Lock>.lock_shared();
    late_lock<Lock>.lock_shared();
    late_reads<Lock>.fetch_add(1);
    late_lock<Lock>.unlock_shared();
    late_lock<Lock>.unlock_shared();
    late_lock<Lock>.lock();
    late_lock<Lock>.unlock();
  }
};

TYPED_TEST(parking_rw_lock_of, may_be_used_in_the_last_destructors_of_a_thread) {
  HOLDFAST_TEST_NEEDS_THREAD_LOCALS_TO_THE_END();
  TypeParam& lock = late_lock<TypeParam>;
  for (const bool slots : {false, true})
    for (const bool holds : {false, true}) {
      if (slots) test::read_until_slots(lock);
      const int before = late_reads<TypeParam>.load();
      std::thread([&] {
        // Made before the thread's slots are, so destroyed after they are given back.
        static thread_local reads_when_its_thread_ends<TypeParam> last;
        last.holds = holds;
        lock.lock_shared();
        if (!holds) lock.unlock_shared();
      }).join();
      EXPECT_EQ(late_reads<TypeParam>.load(), before + 1);
      ASSERT_TRUE(lock.try_lock());
      lock.unlock();
    }
}

TYPED_TEST(parking_rw_lock_of, slots_of_threads_that_have_ended_are_used_again) {
  TypeParam lock;
  std::size_t rows = 0;
  const auto count_rows = [] {
    std::size_t count = 0;
    platform::look_at_reader_slots([&](platform::reader_slots&) {
      ++count;
      return true;
    });
    return count;
  };
  for (int i = 0; i < 100; ++i) {
    std::thread([&] {
      lock.lock_shared();
      lock.unlock_shared();
    }).join();
    if (i == 0) rows = count_rows();
  }
  EXPECT_EQ(count_rows(), rows);
}

TYPED_TEST(parking_rw_lock_of, sixty_four_threads_read_and_write) {
  TypeParam lock;
  long a = 0;
  long b = 0;
  std::atomic<std::size_t> torn{0};
  std::atomic<long> written{0};
  const std::size_t rounds = test::scaled(2'000);
  test::run_threads(64, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if ((i + index) % 10 == 0) {
        const std::scoped_lock hold(lock);
        ++a;
        ++b;
        written.fetch_add(1);
      } else {
        const std::shared_lock hold(lock);
        if (a != b) torn.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(torn.load(), 0U);
  EXPECT_EQ(a, written.load());
  EXPECT_EQ(test::queued_for(lock), 0U);
}

}  // namespace
}  // namespace holdfast
