// SPDX-License-Identifier: BSL-1.0
// Every lock that waits with a deadline: how such a wait ends, and that it leaves no trace.
#include <chrono>
#include <optional>

#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

template <class Tested>
class deadlines : public lock_suite<Tested> {};
TYPED_TEST_SUITE(deadlines, locks_of_many, names_of_locks);

// A clock that goes on when told to; it counts how often it is read.
struct clock_by_hand {
  using rep = long;
  using period = std::milli;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<clock_by_hand>;
  [[maybe_unused]] static constexpr bool is_steady = true;
  static time_point now() {
    reads.fetch_add(1);
    return time_point(duration(time.load()));
  }
  static inline std::atomic<rep> time{0};
  static inline std::atomic<int> reads{0};
};

// Waits in another thread with `attempt`, which may be told to end by releasing the lock. Returns
// what `attempt` returned.
template <class Lock, class Attempt>
bool obtained_when_released(Lock& lock, Attempt attempt) {
  held_elsewhere holder(lock);
  std::atomic<bool> started{false};
  bool taken = false;
  competitor waiter([&] {
    started.store(true);
    taken = attempt();
    if (taken) lock.unlock();
  });
  await(started);
  await_waiters(lock, 1);
  holder.release();
  waiter.join();
  return taken;
}

// The lock is free and works, and nobody is queued for it.
template <class Lock>
void expect_no_trace(Lock& lock) {
  EXPECT_EQ(queued_or(lock, 0U), 0U);
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  ASSERT_TRUE(lock.try_lock_for(1h));
  lock.unlock();
  EXPECT_EQ(queued_or(lock, 0U), 0U);
}

TYPED_TEST(deadlines, a_free_lock_is_taken_whatever_the_deadline) {
  typename TypeParam::lock_type lock;
  const auto taken = [&lock](bool obtained) {
    if (obtained) lock.unlock();
    return obtained;
  };
  EXPECT_TRUE(taken(lock.try_lock_for(0s)));
  EXPECT_TRUE(taken(lock.try_lock_for(-1h)));
  EXPECT_TRUE(taken(lock.try_lock_for(1h)));
  EXPECT_TRUE(taken(lock.try_lock_until(std::chrono::steady_clock::time_point{})));
  EXPECT_TRUE(taken(lock.try_lock_until(std::chrono::system_clock::time_point{})));
  EXPECT_TRUE(taken(lock.try_lock_until(std::chrono::system_clock::now() + 1h)));
  EXPECT_TRUE(taken(lock.try_lock_until(deadline::already_past())));
  EXPECT_TRUE(taken(lock.try_lock_until(deadline::never())));
}

TYPED_TEST(deadlines, a_held_lock_is_not_waited_for_when_the_deadline_is_past) {
  typename TypeParam::lock_type lock;
  {
    held_elsewhere holder(lock);
    EXPECT_FALSE(lock.try_lock_for(0s));
    EXPECT_FALSE(lock.try_lock_for(-1ns));
    EXPECT_FALSE(lock.try_lock_for(std::chrono::hours::min()));
    EXPECT_FALSE(lock.try_lock_for(-1e300 * 1s));
    EXPECT_FALSE(lock.try_lock_until(deadline::already_past()));
    EXPECT_FALSE(lock.try_lock_until(std::chrono::steady_clock::now() - 1s));
    EXPECT_FALSE(lock.try_lock_until(std::chrono::steady_clock::time_point::min()));
    EXPECT_FALSE(lock.try_lock_until(std::chrono::system_clock::now() - 1s));
    EXPECT_FALSE(lock.try_lock_until(std::chrono::system_clock::time_point::min()));
    EXPECT_FALSE(lock.try_lock_until(clock_by_hand::now()));
  }
  expect_no_trace(lock);
}

TYPED_TEST(deadlines, a_wait_ends_at_its_deadline_and_not_before) {
  typename TypeParam::lock_type lock;
  {
    held_elsewhere holder(lock);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(lock.try_lock_for(3ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 3ms);

    const auto until = std::chrono::steady_clock::now() + 3ms;
    EXPECT_FALSE(lock.try_lock_until(until));
    EXPECT_GE(std::chrono::steady_clock::now(), until);

    EXPECT_FALSE(lock.try_lock_until(deadline::in(3ms)));
    EXPECT_FALSE(lock.try_lock_until(std::chrono::system_clock::now() + 3ms));
    EXPECT_FALSE(lock.try_lock_for(std::chrono::duration<double>(0.003)));
  }
  expect_no_trace(lock);
}

TYPED_TEST(deadlines, a_wait_of_any_length_obtains_the_lock_when_it_is_released) {
  typename TypeParam::lock_type lock;
  EXPECT_TRUE(obtained_when_released(lock, [&] { return lock.try_lock_for(1h); }));
  EXPECT_TRUE(obtained_when_released(lock, [&] { return lock.try_lock_until(deadline::never()); }));
  EXPECT_TRUE(obtained_when_released(
      lock, [&] { return lock.try_lock_until(std::chrono::system_clock::now() + 1h); }));
  expect_no_trace(lock);
}

TYPED_TEST(deadlines, a_huge_duration_is_not_an_overflow) {
  typename TypeParam::lock_type lock;
  EXPECT_TRUE(
      obtained_when_released(lock, [&] { return lock.try_lock_for(std::chrono::hours::max()); }));
  EXPECT_TRUE(obtained_when_released(
      lock, [&] { return lock.try_lock_for(std::chrono::nanoseconds::max()); }));
  EXPECT_TRUE(obtained_when_released(
      lock, [&] { return lock.try_lock_for(std::chrono::duration<double>(1e300)); }));
  EXPECT_TRUE(obtained_when_released(
      lock, [&] { return lock.try_lock_until(std::chrono::steady_clock::time_point::max()); }));
  EXPECT_TRUE(obtained_when_released(
      lock, [&] { return lock.try_lock_until(std::chrono::system_clock::time_point::max()); }));
  EXPECT_TRUE(obtained_when_released(lock, [&] {
    return lock.try_lock_until(
        std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>::max());
  }));
}

// The clock stands still, so the wait must go on however often its own time has passed; then the
// clock jumps, and it must end.
TYPED_TEST(deadlines, a_clock_of_the_callers_decides_and_not_ours) {
  typename TypeParam::lock_type lock;
  held_elsewhere holder(lock);
  clock_by_hand::time.store(1000);
  clock_by_hand::reads.store(0);
  std::atomic<bool> ended{false};
  bool taken = true;
  competitor waiter([&] {
    taken = lock.try_lock_until(clock_by_hand::time_point(1001ms));
    ended.store(true);
  });
  await([&] { return clock_by_hand::reads.load() >= 6 || ended.load(); });
  EXPECT_FALSE(ended.load());
  clock_by_hand::time.store(1001);
  waiter.join();
  EXPECT_FALSE(taken);
  holder.release();
  expect_no_trace(lock);
}

TYPED_TEST(deadlines, a_clock_of_the_callers_does_not_keep_a_released_lock_from_it) {
  typename TypeParam::lock_type lock;
  clock_by_hand::time.store(0);
  EXPECT_TRUE(obtained_when_released(
      lock, [&] { return lock.try_lock_until(clock_by_hand::time_point(5ms)); }));
}

TYPED_TEST(deadlines, one_that_gives_up_does_not_take_the_turn_of_the_next) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(50, 3);
  for (std::size_t i = 0; i < rounds; ++i) {
    std::optional<held_elsewhere<typename TypeParam::lock_type>> holder(std::in_place, lock);
    bool gave_up = false;
    competitor impatient([&] { gave_up = !lock.try_lock_for(200us); });
    competitor patient([&] {
      lock.lock();
      lock.unlock();
    });
    impatient.join();
    EXPECT_TRUE(gave_up);
    holder.reset();
    patient.join();
  }
  expect_no_trace(lock);
}

// Deadlines that pass in the very moment of the release: either way the lock is free afterwards.
TYPED_TEST(deadlines, racing_with_the_release_loses_neither_the_lock_nor_a_waiter) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(3'000, 4) / TypeParam::is.stop_rounds + 1;
  std::size_t counter = 0;
  std::atomic<std::size_t> obtained{0};
  this->compete(4, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (index == 0) {
        lock.lock();
      } else if (!lock.try_lock_for(std::chrono::microseconds(i % 50 * index))) {
        continue;
      }
      ++counter;
      if (i % 16 == 0) give_way();
      lock.unlock();
      obtained.fetch_add(1);
    }
  });
  EXPECT_EQ(counter, obtained.load());
  expect_no_trace(lock);
}

}  // namespace
}  // namespace holdfast::test
