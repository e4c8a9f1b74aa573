// SPDX-License-Identifier: BSL-1.0
// A checked build ends a program that misuses a condition, with a message; and no other.
#undef HOLDFAST_CHECKED
#define HOLDFAST_CHECKED 1  // before any header of the library

#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/owned_guard.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/run_threads.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::condition;
using holdfast::mutex;
using holdfast::test::await;
using holdfast::test::await_queue;
using holdfast::test::await_waiting;
using holdfast::test::outlast_barging;
using holdfast::test::run_threads;

class checked_condition_DeathTest : public testing::Test {
 protected:
  // A death test starts the program anew: this one has threads.
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

constexpr const char* other_mutex =
    "holdfast: a thread waits on a condition while others wait with another mutex \\(condition at "
    "0x\\w+\\)\\. Use one condition for each mutex\\.";

TEST_F(checked_condition_DeathTest, with_two_mutexes_at_once_ends_the_program) {
  const auto with_two_guards = [] {
    mutex<int> a(0);
    mutex<int> b(0);
    condition c;
    std::thread([&] {
      auto owner = a.lock();
      c.wait(owner);
    }).detach();
    await_waiting(c, 1);
    auto owner = b.lock();
    c.wait(owner);
  };
  EXPECT_DEATH(with_two_guards(), other_mutex);
  const auto with_a_guard_and_another_lock = [] {
    mutex<int, holdfast::spin_lock> a(0);
    std::mutex b;
    condition c;
    std::thread([&] {
      auto owner = a.lock();
      c.wait(owner);
    }).detach();
    await_waiting(c, 1);
    std::unique_lock owner(b);
    c.wait(owner);
  };
  EXPECT_DEATH(with_a_guard_and_another_lock(), other_mutex);
}

TEST_F(checked_condition_DeathTest, destroyed_with_waiters_ends_the_program) {
  const auto destroy = [] {
    mutex<int> m(0);
    auto c = std::make_unique<condition>();
    std::thread([&] {
      auto owner = m.lock();
      c->wait(owner);
    }).detach();
    await_waiting(*c, 1);
    c.reset();
  };
  EXPECT_DEATH(destroy(),
               "a condition is destroyed while threads wait on it \\(condition at 0x\\w+\\)\\. "
               "Notify them all first, or join them\\.");
}

TEST_F(checked_condition_DeathTest, of_static_storage_may_have_waiters_at_exit) {
  const auto exit_while_one_waits = [] {
    static mutex<int> m(0);
    static condition c;
    std::thread([] {
      auto owner = m.lock();
      c.wait(owner);
    }).detach();
    await_waiting(c, 1);
    std::exit(0);
  };
  EXPECT_EXIT(exit_while_one_waits(), testing::ExitedWithCode(0), "^$");
}

TEST_F(checked_condition_DeathTest, waiting_for_a_lock_that_another_thread_holds_ends_the_program) {
  const auto wait = [] {
    holdfast::parking_lock lock;
    const holdfast::test::held_elsewhere other(lock);
    condition c;
    c.wait(lock);
  };
  EXPECT_DEATH(wait(), "another thread owns");
}

TEST_F(checked_condition_DeathTest, lock_when_by_the_owner_ends_the_program) {
  const auto lock_twice = [] {
    mutex<int> m(0);
    const auto owner = m.lock();
    const auto again = m.lock_when([](int) { return true; });
  };
  EXPECT_DEATH(lock_twice(), "already owns");
}

// correct use is no error

// Every waiter has a guard of its own, and all have the same mutex.
template <class Hold>
void wait_in_two_threads(Hold hold) {
  condition c;
  std::thread others[2];
  for (auto& each : others)
    each = std::thread([&] {
      auto owner = hold();
      EXPECT_TRUE(c.wait_for(owner, 1h).notified());
    });
  await_waiting(c, 2);
  {
    auto owner = hold();
    EXPECT_TRUE(c.wait_for(owner, 0s).deadline_passed());
    EXPECT_EQ(c.notify_all(), 2U);
  }
  for (auto& each : others) each.join();
}

TEST(checked_condition, with_many_owners_of_one_mutex_is_no_error) {
  mutex<int> m(0);
  wait_in_two_threads([&] { return m.lock(); });
  mutex<int, holdfast::spin_lock> spins(0);
  wait_in_two_threads([&] { return spins.lock(); });
  mutex<std::pair<int, int>, holdfast::spin_lock> whole(0, 0);
  wait_in_two_threads([&] { return project(whole.lock(), &std::pair<int, int>::second); });
  const auto shared = std::make_shared<mutex<int>>(0);
  wait_in_two_threads([&] { return holdfast::lock_owned(shared); });
  std::mutex standard;
  wait_in_two_threads([&] { return std::unique_lock(standard); });
  holdfast::parking_lock lock;
  wait_in_two_threads([&] { return std::unique_lock(lock); });
}

TEST(checked_condition, with_one_mutex_after_the_other_is_no_error) {
  condition c;
  for (int i = 0; i < 3; ++i) {
    mutex<int> m(0);
    run_threads(2, [&](unsigned number) {
      if (number == 0) {
        auto owner = m.lock();
        c.wait(owner);
      } else {
        await([&] { return c.notify_all() == 1; });
      }
    });
  }
}

// The record of owners is right also for whoever got the lock handed over.
TEST(checked_condition, ownership_follows_waiters_through_every_way_back) {
  mutex<int> m(0);
  condition c;
  for (const bool held_long : {false, true, true})
    for (const int way : {0, 1, 2}) {
      std::thread waiter([&] {
        if (way == 0) {
          auto owner = m.lock();
          c.wait(owner);
          owner.unlock();
          owner.lock();
        } else if (way == 1) {
          m.lock_when([](int n) { return n == 1; }).unlock();
        } else {
          auto owner = m.lock();
          EXPECT_TRUE(owner.wait_until_true([](int n) { return n == 1; }));
          owner.unlock();
          owner.lock();
        }
      });
      if (way == 0)
        await_waiting(c, 1);
      else
        await_queue(m, 1);
      auto owner = m.lock();
      *owner = 1;
      EXPECT_EQ(c.notify_all(), way == 0 ? 1U : 0U);
      if (held_long) outlast_barging();
      owner.unlock();
      waiter.join();
      *m.lock().operator->() = 0;
    }
}

}  // namespace
