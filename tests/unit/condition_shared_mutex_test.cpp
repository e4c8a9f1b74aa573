// SPDX-License-Identifier: BSL-1.0
// A condition waits with the guards of a shared_mutex, in every mode.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/shared_mutex.hpp"

#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::condition;
using holdfast::shared_mutex;
using holdfast::test::await_waiting;

// `take` locks and returns what holds the lock; waits until the number is 1.
template <class Take>
void expect_woken(shared_mutex<int>& m, condition& c, Take take, bool all) {
  std::atomic<int> through{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 2; ++i)
    waiters.emplace_back([&] {
      auto owner = take(m);
      c.wait(owner, [&] { return *owner == 1; });
      EXPECT_TRUE(owner.owns_lock());
      ++through;
    });
  await_waiting(c, 2);
  {
    auto writer = m.lock();  // nobody holds the lock while it waits
    *writer = 1;
  }
  if (all) {
    EXPECT_EQ(c.notify_all(), 2U);
  } else {
    EXPECT_EQ(c.notify_one(), 1U);
    EXPECT_EQ(c.notify_one(), 1U);
  }
  for (auto& each : waiters) each.join();
  EXPECT_EQ(through.load(), 2);
}

TEST(condition_of_a_shared_mutex, waits_with_a_writers_guard) {
  for (const bool all : {false, true}) {
    shared_mutex<int> m(0);
    condition c;
    expect_woken(m, c, [](auto& of) { return of.lock(); }, all);
  }
}

TEST(condition_of_a_shared_mutex, waits_with_a_readers_guard) {
  for (const bool all : {false, true}) {
    shared_mutex<int> m(0);
    condition c;
    expect_woken(m, c, [](auto& of) { return of.lock_shared(); }, all);
  }
}

TEST(condition_of_a_shared_mutex, gives_up_with_the_lock_held_again) {
  shared_mutex<int> m(0);
  condition c;
  auto reader = m.lock_shared();
  EXPECT_TRUE(c.wait_for(reader, 1ms).deadline_passed());
  ASSERT_TRUE(reader.owns_lock());
  EXPECT_FALSE(m.try_lock());
  reader.unlock();
  auto writer = m.lock();
  EXPECT_TRUE(c.wait_for(writer, 1ms).deadline_passed());
  ASSERT_TRUE(writer.owns_lock());
  EXPECT_FALSE(m.try_lock_shared());
}

TEST(condition_of_a_shared_mutex, waits_with_an_upgradable_guard) {
  shared_mutex<int> m(0);
  condition c;
  std::thread waiter([&] {
    auto owner = m.lock_upgrade();
    c.wait(owner, [&] { return *owner == 1; });
    auto writer = holdfast::upgrade(std::move(owner));
    *writer = 2;
  });
  await_waiting(c, 1);
  m.set(1);
  EXPECT_EQ(c.notify_one(), 1U);
  waiter.join();
  EXPECT_EQ(m.copy(), 2);
}

TEST(condition_of_a_shared_mutex, the_raw_lock_waits_by_the_standards_holders_and_conditions) {
  holdfast::parking_rw_lock lock;
  condition ours;
  std::condition_variable_any theirs;
  {
    std::shared_lock reader(lock);
    EXPECT_FALSE(ours.wait_for(reader, 1ms, [] { return false; }));
    EXPECT_FALSE(theirs.wait_for(reader, 1ms, [] { return false; }));
  }
  std::unique_lock writer(lock);
  EXPECT_FALSE(ours.wait_for(writer, 1ms, [] { return false; }));
  EXPECT_FALSE(theirs.wait_for(writer, 1ms, [] { return false; }));
}

}  // namespace
