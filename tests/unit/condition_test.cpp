// SPDX-License-Identifier: BSL-1.0
// Conditions: signals are counted, in order, neither lost nor invented.
#include "holdfast/condition.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/mutex.hpp"

#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::deadline;
using holdfast::test::await;
using holdfast::test::await_waiting;
using holdfast::test::counting_clock;
using holdfast::test::queued_for;
using holdfast::test::run_threads;
using holdfast::test::waiting_at;

constinit holdfast::condition made_before_the_program_runs;

template <class Platform>
class any_condition : public testing::Test {
 public:
  using condition = holdfast::basic_condition<Platform>;
  template <class T>
  using mutex = holdfast::mutex<T, holdfast::basic_parking_lock<Platform>>;
  using room = holdfast::test::room<Platform>;
};

TYPED_TEST_SUITE(any_condition, holdfast::test::waiting_platforms,
                 holdfast::test::names_of_waiting_platforms);

TYPED_TEST(any_condition, notify_with_nobody_waiting_does_nothing) {
  typename TestFixture::condition c;
  EXPECT_EQ(c.notify_one(), 0U);
  EXPECT_EQ(c.notify_all(), 0U);
  typename TestFixture::template mutex<int> m(1);
  auto owner = m.lock();
  EXPECT_TRUE(c.wait_for(owner, 0ms).deadline_passed()) << "that signal was lost";
  EXPECT_EQ(c.notify_one(), 0U) << "after a wait that gave up";
  EXPECT_EQ(c.notify_all(), 0U);
  EXPECT_EQ(made_before_the_program_runs.notify_all(), 0U);
}

TYPED_TEST(any_condition, notify_one_wakes_one_of_ten_the_longest_waiter) {
  typename TestFixture::room r;
  r.enter(10);
  for (std::size_t i = 1; i <= 10; ++i) {
    EXPECT_EQ(r.signal.notify_one(), 1U);
    r.await_woken(i);
    EXPECT_EQ(waiting_at(r.signal), 10 - i);
  }
  EXPECT_EQ(r.signal.notify_one(), 0U);
  r.join();
  EXPECT_EQ(r.woken.copy(), r.in_order(10));
}

TYPED_TEST(any_condition, notify_all_wakes_ten) {
  typename TestFixture::room r;
  r.enter(10);
  EXPECT_EQ(r.signal.notify_all(), 10U);
  EXPECT_EQ(r.signal.notify_all(), 0U);
  r.join();
  EXPECT_EQ(r.woken.copy().size(), 10U);
}

// As the lock is held, all stand in its queue afterwards, in the order in which they came.
TYPED_TEST(any_condition, notify_all_with_the_lock_held_moves_ten_to_the_lock) {
  typename TestFixture::room r;
  r.enter(10);
  {
    const auto owner = r.woken.lock();
    EXPECT_EQ(r.signal.notify_all(), 10U);
    EXPECT_EQ(waiting_at(r.signal), 0U);
    // Some are woken, find the lock held, and queue by themselves.
    await([&r] { return queued_for(r.woken) == 10; });
    EXPECT_TRUE(owner->empty());
  }
  r.join();
  EXPECT_EQ(r.woken.copy().size(), 10U);
}

TYPED_TEST(any_condition, notify_all_with_the_lock_free_wakes_one_and_moves_the_others) {
  typename TestFixture::room r;
  r.enter(2);
  // The first cannot go on as long as this one is asked: it stands before the lock.
  EXPECT_EQ(r.signal.notify_all(), 2U);
  r.join();
  EXPECT_EQ(r.woken.copy().size(), 2U);
  EXPECT_EQ(queued_for(r.woken), 0U);
}

TYPED_TEST(any_condition, notify_all_wakes_sixty_four) {
  typename TestFixture::room r;
  for (const bool held : {false, true, false}) {
    r.woken.set(std::vector<std::size_t>{});
    r.enter(64);
    auto owner = r.woken.lock();
    if (!held) owner.unlock();
    EXPECT_EQ(r.signal.notify_all(), 64U);
    owner = {};
    r.join();
    EXPECT_EQ(r.woken.copy().size(), 64U);
  }
}

// The signal is on its way to the first when the second comes, and then the lock is free.
TYPED_TEST(any_condition, a_later_waiter_does_not_take_the_signal_of_an_earlier_one) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  for (int i = 0; i < 100; ++i) {
    std::thread earlier([&] {
      auto owner = m.lock();
      c.wait(owner);
      EXPECT_EQ(c.notify_one(), 1U) << "the later one has gone without a signal";
    });
    await_waiting(c, 1);
    auto owner = m.lock();
    EXPECT_EQ(c.notify_one(), 1U);
    c.wait(owner);
    owner.unlock();
    earlier.join();
  }
}

TYPED_TEST(any_condition, the_release_and_the_wait_are_one_step) {
  typename TestFixture::template mutex<bool> about_to_wait(false);
  typename TestFixture::condition c;
  const std::size_t rounds = holdfast::test::scaled(10'000);
  run_threads(2, [&](unsigned number) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (number == 0) {
        auto owner = about_to_wait.lock();
        *owner = true;
        c.wait(owner);
      } else {
        await(
            [&] { return about_to_wait.with([](bool& is) { return std::exchange(is, false); }); });
        ASSERT_EQ(c.notify_one(), 1U);
      }
    }
  });
}

TYPED_TEST(any_condition, every_wait_ends_by_a_signal_of_its_own) {
  typename TestFixture::template mutex<std::size_t> wakes(0U);
  typename TestFixture::condition c;
  constexpr unsigned waiters = 4;
  const std::size_t rounds = holdfast::test::scaled(2'000);
  std::atomic<std::size_t> sent{0};
  run_threads(waiters + 1, [&](unsigned number) {
    if (number == waiters) {
      while (sent.load() < waiters * rounds) {
        std::this_thread::yield();  // or it would nearly always have the lock
        const auto owner = wakes.lock();
        EXPECT_LE(*owner, sent.load());
        sent.fetch_add(sent.load() % 3 == 0 ? c.notify_all() : c.notify_one());
      }
      return;
    }
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = wakes.lock();
      c.wait(owner);
      ++*owner;
    }
  });
  EXPECT_EQ(wakes.copy(), sent.load());
  EXPECT_EQ(wakes.copy(), waiters * rounds);
}

TYPED_TEST(any_condition, a_predicate_is_asked_under_the_lock_before_and_after_each_signal) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  int asked = 0;
  std::thread waiter([&] {
    auto owner = m.lock();
    c.wait(owner, [&] {
      ++asked;
      return *owner == 3;
    });
    EXPECT_TRUE(owner);
    EXPECT_EQ(*owner, 3);
  });
  for (int i = 1; i <= 3; ++i) {
    await_waiting(c, 1);
    auto owner = m.lock();
    EXPECT_EQ(asked, i);
    *owner = i;
    EXPECT_EQ(c.notify_one(), 1U);
  }
  waiter.join();
  EXPECT_EQ(asked, 4);
}

TYPED_TEST(any_condition, a_predicate_that_is_true_does_not_wait) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  auto owner = m.lock();
  const auto yes = [] { return true; };
  c.wait(owner, yes);
  EXPECT_TRUE(c.wait_for(owner, 0ms, yes)) << "that is no passed deadline";
  EXPECT_TRUE(c.wait_for(owner, -1h, yes));
  EXPECT_TRUE(c.wait_until(owner, deadline::already_past(), yes));
  EXPECT_TRUE(c.wait_until(owner, std::chrono::steady_clock::time_point::min(), yes));
  EXPECT_TRUE(owner);
}

// What a predicate throws leaves the wait with the lock held, and so poisons like any exception.
TYPED_TEST(any_condition, what_a_predicate_throws_leaves_with_the_lock_held) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  run_threads(2, [&](unsigned number) {
    if (number == 0) {
      auto owner = m.lock();
      const auto ready = [&] {
        if (*owner == 1) throw holdfast::test::leaving{};
        return false;
      };
      EXPECT_THROW(c.wait(owner, ready), holdfast::test::leaving);
      EXPECT_TRUE(owner);
      EXPECT_FALSE(m.try_lock());
    } else {
      await_waiting(c, 1);
      *m.lock().operator->() = 1;
      EXPECT_EQ(c.notify_one(), 1U);
    }
  });
  EXPECT_FALSE(m.is_poisoned());
}

TYPED_TEST(any_condition, a_deadline_ends_a_wait_with_the_lock_held) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  auto owner = m.lock();
  const auto expect_passed = [&](holdfast::wait_result result) {
    EXPECT_TRUE(result.deadline_passed());
    EXPECT_FALSE(result.notified() || result.stopped() || result);
    EXPECT_TRUE(owner);
    EXPECT_EQ(waiting_at(c), 0U);
  };
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  expect_passed(c.wait_for(owner, 0s));
  expect_passed(c.wait_for(owner, 1ms));
  expect_passed(c.wait_for(owner, -1h));
  expect_passed(c.wait_for(owner, std::chrono::hours::min()));
  expect_passed(c.wait_for(owner, std::chrono::duration<double>(0.001)));
  expect_passed(c.wait_until(owner, deadline::already_past()));
  expect_passed(c.wait_until(owner, steady_clock::now() + 1ms));
  expect_passed(c.wait_until(owner, steady_clock::time_point::min()));
  expect_passed(c.wait_until(owner, system_clock::now() + 1ms));
  expect_passed(c.wait_until(owner, system_clock::time_point::min()));
  expect_passed(c.wait_until(owner, counting_clock::now() + 5ms));
  expect_passed(c.wait_until(owner, counting_clock::time_point::min()));
  EXPECT_FALSE(c.wait_for(owner, 1ms, [] { return false; }));
  EXPECT_FALSE(c.wait_until(owner, counting_clock::now() + 5ms, [] { return false; }));
}

TYPED_TEST(any_condition, a_wait_does_not_end_before_its_deadline) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  auto owner = m.lock();
  const auto expect_to_last = [&](auto until) {
    EXPECT_TRUE(c.wait_until(owner, until).deadline_passed());
    EXPECT_GE(decltype(until)::clock::now(), until);
    EXPECT_FALSE(c.wait_until(owner, until + 2ms, [] { return false; }));
    EXPECT_GE(decltype(until)::clock::now(), until + 2ms);
  };
  expect_to_last(std::chrono::steady_clock::now() + 2ms);
  expect_to_last(std::chrono::system_clock::now() + 2ms);
  expect_to_last(counting_clock::now() + 5ms);
}

TYPED_TEST(any_condition, a_huge_wait_is_ended_by_a_signal_and_not_by_its_deadline) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  const auto expect_signal = [&](auto wait) {
    std::thread waiter([&] {
      auto owner = m.lock();
      EXPECT_TRUE(wait(owner).notified());
    });
    await_waiting(c, 1);
    EXPECT_EQ(c.notify_one(), 1U);
    waiter.join();
  };
  const auto wait_for = [&](auto d) {
    expect_signal([&](auto& owner) { return c.wait_for(owner, d); });
  };
  const auto wait_until = [&](auto point) {
    expect_signal([&](auto& owner) { return c.wait_until(owner, point); });
  };
  wait_for(std::chrono::nanoseconds::max());
  wait_for(std::chrono::hours::max());
  wait_for(std::chrono::duration<std::int64_t, std::exa>::max());
  wait_for(std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
  wait_until(deadline::never());
  wait_until(std::chrono::steady_clock::time_point::max());
  wait_until(std::chrono::system_clock::time_point::max());
  wait_until(counting_clock::time_point::max());
}

// Both may be true at once; who was counted as woken has to say so.
TYPED_TEST(any_condition, a_deadline_and_a_signal_at_once_lose_no_signal) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  const std::size_t rounds = holdfast::test::scaled(2'000);
  std::atomic<std::size_t> notified{0};
  std::atomic<unsigned> running{2};
  std::size_t sent = 0;
  run_threads(3, [&](unsigned number) {
    if (number == 2) {
      while (running.load() != 0) {
        std::this_thread::yield();
        const auto owner = m.lock();
        sent += sent % 2 == 0 ? c.notify_all() : c.notify_one();
      }
      return;
    }
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = m.lock();
      if (c.wait_for(owner, std::chrono::microseconds(i % 60))) notified.fetch_add(1);
    }
    running.fetch_sub(1);
  });
  EXPECT_EQ(notified.load(), sent);
  EXPECT_EQ(waiting_at(c), 0U);
}

// Moved to the lock or woken, it has been signalled.
TYPED_TEST(any_condition, a_deadline_that_passes_after_the_signal_is_none) {
  typename TestFixture::template mutex<int> m(0);
  typename TestFixture::condition c;
  for (int i = 0; i < 6; ++i) {
    const auto until = std::chrono::steady_clock::now() + 5ms;
    const auto passed = [&] { return std::chrono::steady_clock::now() > until; };
    bool notified = false;
    std::thread waiter([&] {
      auto owner = m.lock();
      notified = c.wait_until(owner, until).notified();
    });
    await([&] { return waiting_at(c) == 1 || passed(); });
    auto owner = m.lock();
    const std::size_t sent = i % 2 == 0 ? c.notify_all() : c.notify_one();
    await(passed);
    owner.unlock();
    waiter.join();
    EXPECT_EQ(notified, sent == 1);
  }
}

}  // namespace
