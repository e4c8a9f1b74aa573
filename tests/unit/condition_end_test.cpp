// SPDX-License-Identifier: BSL-1.0
// Waits on a condition that end in a poisoned mutex or by an exception; and what may be gone when
// they end.
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/thread_locals.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::condition;
using holdfast::even_if_poisoned;
using holdfast::mutex;
using holdfast::poisoned;
using holdfast::test::await;
using holdfast::test::await_waiting;
using holdfast::test::is_free;
using holdfast::test::leaving;
using holdfast::test::outlast_barging;
using holdfast::test::queued_for;
using holdfast::test::run_threads;
using holdfast::test::waiting_at;

// poison

// Waits in another thread and expects to be told of poison, with the lock held. `wake` signals;
// `held_long` makes the unlock hand the lock over.
template <class Wait, class Wake>
void expect_report(Wait wait, Wake wake, bool held_long) {
  mutex<int> m(0);
  condition c;
  std::thread waiter([&] {
    auto owner = m.lock();
    EXPECT_THROW(wait(c, owner), poisoned);
    EXPECT_TRUE(owner.was_poisoned());
    ASSERT_TRUE(owner);
    EXPECT_FALSE(m.try_lock(even_if_poisoned));
    EXPECT_EQ(*owner, 1);
    *owner = 2;
  });
  await_waiting(c, 1);
  try {
    const auto owner = m.lock();
    *owner = 1;
    wake(c, m);
    if (held_long) outlast_barging();
    throw leaving{};
  } catch (const leaving&) {
  }
  if (waiting_at(c) != 0) wake(c, m);
  waiter.join();
  EXPECT_TRUE(is_free(m));
  EXPECT_EQ(m.get_mut(even_if_poisoned), 2);
}

const auto just_wait = [](condition& c, auto& owner) { c.wait(owner); };

TEST(condition_in_a_poisoned_mutex, reports_to_whoever_is_woken) {
  const auto one = [](condition& c, mutex<int>&) { EXPECT_EQ(c.notify_one(), 1U); };
  for (const bool held_long : {false, true}) {
    expect_report(just_wait, one, held_long);
    expect_report([](condition& c, auto& o) { (void)c.wait_for(o, 1h); }, one, held_long);
    expect_report([](condition& c, auto& o) { c.wait(o, [] { return false; }); }, one, held_long);
    expect_report([](condition& c, auto& o) { (void)c.wait(o, std::stop_source().get_token()); },
                  one, held_long);
  }
}

TEST(condition_in_a_poisoned_mutex, reports_to_whoever_was_moved_to_the_lock) {
  const auto all = [](condition& c, mutex<int>& m) {
    EXPECT_EQ(c.notify_all(), 1U);
    await([&m] { return queued_for(m) == 1; });
  };
  for (const bool held_long : {false, true, true}) expect_report(just_wait, all, held_long);
}

TEST(condition_in_a_poisoned_mutex, reports_to_whoever_gives_up) {
  expect_report(
      [](condition& c, auto& o) {
        for (;;) static_cast<void>(c.wait_for(o, 1ms));  // until it is told
      },
      [](condition&, mutex<int>&) {}, false);
}

TEST(condition_in_a_poisoned_mutex, does_not_report_to_whoever_knows) {
  mutex<int> m(0);
  condition c;
  holdfast::test::leave_by_exception(m);
  std::thread waiter([&] {
    auto owner = m.lock(even_if_poisoned);
    c.wait(owner);
    EXPECT_TRUE(c.wait_for(owner, 0s).deadline_passed());
    EXPECT_TRUE(owner.was_poisoned());
  });
  await_waiting(c, 1);
  EXPECT_EQ(c.notify_all(), 1U);
  waiter.join();
}

TEST(condition_in_a_poisoned_mutex, does_not_report_what_was_repaired_meanwhile) {
  mutex<int> m(0);
  condition c;
  std::thread waiter([&] {
    auto owner = m.lock();
    c.wait(owner);
    EXPECT_FALSE(owner.was_poisoned());
  });
  await_waiting(c, 1);
  holdfast::test::leave_by_exception(m);
  m.clear_poison();
  EXPECT_EQ(c.notify_one(), 1U);
  waiter.join();
}

// An exception that leaves the wait with the lock held poisons when it leaves the guard's scope.
TEST(condition_in_a_poisoned_mutex, a_predicate_that_throws_poisons_like_any_exception) {
  mutex<int> m(0);
  condition c;
  try {
    auto owner = m.lock();
    c.wait(owner, []() -> bool { throw leaving{}; });
    FAIL();
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

// exceptions of the lock

struct lock_error {};

// A lock that is none, with an unlock that throws in the thread that asks for it.
struct failing_lock {
  std::function<void()> before_it_throws;
  std::thread::id fails_in;
  std::atomic<int> held{0};

  void lock() { ++held; }
  void unlock() {
    if (std::this_thread::get_id() == fails_in) {
      before_it_throws();
      throw lock_error{};
    }
    --held;
  }
};

TEST(condition_with_a_lock_that_throws, leaves_by_that_exception_with_the_lock_held) {
  failing_lock lock;
  condition c;
  lock.fails_in = std::this_thread::get_id();
  lock.before_it_throws = [] {};
  lock.lock();
  EXPECT_THROW(c.wait(lock), lock_error);
  EXPECT_EQ(lock.held.load(), 1);
  EXPECT_EQ(waiting_at(c), 0U);
  EXPECT_THROW((void)c.wait_for(lock, 1h), lock_error);
  EXPECT_THROW((void)c.wait(lock, std::stop_source().get_token()), lock_error);
  EXPECT_EQ(lock.held.load(), 1);
}

TEST(condition_with_a_lock_that_throws, passes_the_signal_that_it_got_on_to_the_next) {
  failing_lock lock;
  condition c;
  std::thread next;
  std::atomic<bool> woken{false};
  lock.fails_in = std::this_thread::get_id();
  lock.before_it_throws = [&] {  // this thread is the first in the queue
    next = std::thread([&] {
      lock.lock();
      c.wait(lock);
      woken = true;
    });
    await_waiting(c, 2);
    EXPECT_EQ(c.notify_one(), 1U);
    EXPECT_FALSE(woken);
  };
  lock.lock();
  EXPECT_THROW(c.wait(lock), lock_error);
  next.join();
  EXPECT_TRUE(woken);
}

// destruction

// The waiter frees the condition as soon as it is back.
TEST(condition_end_of_life, may_come_right_after_the_last_wake) {
  mutex<int> m(0);
  const std::size_t rounds = holdfast::test::scaled(4'000);
  std::atomic<condition*> shared{nullptr};
  run_threads(2, [&](unsigned number) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (number == 0) {
        auto c = std::make_unique<condition>();
        auto owner = m.lock();
        shared.store(c.get());
        c->wait(owner);
        if (i % 2 == 0) owner.unlock();
        std::memset(static_cast<void*>(c.get()), 0xff, sizeof *c);
      } else {
        await([&] { return shared.load() != nullptr; });
        condition& c = *shared.exchange(nullptr);
        m.with([](int&) {});  // now it waits
        EXPECT_EQ(i % 3 == 0 ? c.notify_all() : c.notify_one(), 1U);
      }
    }
  });
}

// The notifier frees it while those whom it has woken still wait for the lock.
TEST(condition_end_of_life, may_come_before_the_waiters_are_back) {
  mutex<int> m(0);
  for (int round = 0; round < 20; ++round) {
    auto c = std::make_unique<condition>();
    std::array<std::thread, 3> waiters;
    for (auto& each : waiters)
      each = std::thread([&] {
        auto owner = m.lock();
        c->wait(owner);
        ++*owner;
      });
    await_waiting(*c, 3);
    auto owner = m.lock();
    const std::size_t one = round % 2 == 0 ? c->notify_one() : 0;
    EXPECT_EQ(one + c->notify_all(), 3U);
    std::memset(static_cast<void*>(c.get()), 0xff, sizeof *c);
    c.reset();
    owner.unlock();
    for (auto& each : waiters) each.join();
  }
  EXPECT_EQ(m.copy(), 60);
}

// Mutex and condition in one object that the last to leave frees, as a future's shared state.
TEST(condition_end_of_life, may_be_that_of_the_mutex_too) {
  struct shared_state {
    mutex<int> left{2};
    condition changed;
  };
  const std::size_t rounds = holdfast::test::scaled(2'000);
  std::atomic<shared_state*> offered{nullptr};
  run_threads(2, [&](unsigned number) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (number == 0) {
        auto* const state = new shared_state;
        offered.store(state);
        {
          auto owner = state->left.lock();
          state->changed.wait(owner, [&] { return *owner == 1; });
        }
        delete state;
      } else {
        await([&] { return offered.load() != nullptr; });
        shared_state& state = *offered.exchange(nullptr);
        const auto owner = state.left.lock();
        *owner = 1;
        i % 2 == 0 ? state.changed.notify_all() : state.changed.notify_one();
      }
    }
  });
}

// thread_local objects are destroyed when much of the thread is gone.
mutex<int> of_destructors(0);
condition changed_by_destructors;

struct waits_at_thread_exit {
  int sends;
  ~waits_at_thread_exit() {
    auto owner = of_destructors.lock();
    ++*owner;
    changed_by_destructors.notify_all();
    EXPECT_TRUE(changed_by_destructors.wait_for(owner, 1h, [&] { return *owner >= sends; }));
    EXPECT_TRUE(changed_by_destructors.wait_for(owner, 0s).deadline_passed());
  }
};

TEST(condition_in_thread_local_destructors, works) {
  HOLDFAST_TEST_NEEDS_THREAD_LOCALS_TO_THE_END();
  of_destructors.set(0);
  run_threads(4, [] {
    static thread_local waits_at_thread_exit at_exit{4};
    EXPECT_EQ(at_exit.sends, 4);
  });
  EXPECT_EQ(of_destructors.copy(), 4);
}

}  // namespace
