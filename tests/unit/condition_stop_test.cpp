// SPDX-License-Identifier: BSL-1.0
// A stop ends a wait on a condition, unless a signal came first.
#include <array>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::condition;
using holdfast::deadline;
using holdfast::mutex;
using holdfast::test::await;
using holdfast::test::await_waiting;
using holdfast::test::queued_for;
using holdfast::test::run_threads;
using holdfast::test::waiting_at;

TEST(condition_stop, requested_before_is_no_wait) {
  mutex<int> m(0);
  condition c;
  std::stop_source source;
  source.request_stop();
  const auto stop = source.get_token();
  auto owner = m.lock();
  const auto yes = [] { return true; };
  const auto no = [] { return false; };
  EXPECT_TRUE(c.wait(owner, stop).stopped());
  EXPECT_TRUE(c.wait_for(owner, stop, 1h).stopped());
  EXPECT_TRUE(c.wait_until(owner, stop, deadline::already_past()).stopped());
  EXPECT_TRUE(c.wait(owner, stop, yes));
  EXPECT_FALSE(c.wait(owner, stop, no));
  EXPECT_TRUE(c.wait_for(owner, stop, 1h, yes));
  EXPECT_FALSE(c.wait_until(owner, stop, std::chrono::steady_clock::now() + 1h, no));
  EXPECT_TRUE(owner);
}

TEST(condition_stop, ends_a_wait_with_the_lock_held) {
  mutex<int> m(0);
  condition c;
  const auto expect_stop = [&](auto wait) {
    std::stop_source source;
    std::thread waiter([&] {
      auto owner = m.lock();
      EXPECT_TRUE(wait(owner, source.get_token()));
      EXPECT_TRUE(owner);
      EXPECT_FALSE(m.try_lock());
    });
    await_waiting(c, 1);
    source.request_stop();
    waiter.join();
    EXPECT_EQ(waiting_at(c), 0U);
  };
  const auto no = [] { return false; };
  expect_stop([&](auto& owner, auto stop) { return c.wait(owner, stop).stopped(); });
  expect_stop([&](auto& owner, auto stop) { return c.wait_for(owner, stop, 1h).stopped(); });
  expect_stop([&](auto& owner, auto stop) {
    return c.wait_until(owner, stop, std::chrono::system_clock::now() + 1h).stopped();
  });
  expect_stop([&](auto& owner, auto stop) { return !c.wait(owner, stop, no); });
  expect_stop([&](auto& owner, auto stop) { return !c.wait_for(owner, stop, 1h, no); });
}

TEST(condition_stop, that_never_comes_lets_signal_and_deadline_end_the_wait) {
  mutex<int> m(0);
  condition c;
  const std::stop_source source;
  run_threads(2, [&](unsigned number) {
    if (number == 0) {
      auto owner = m.lock();
      EXPECT_TRUE(c.wait(owner, source.get_token()).notified());
      EXPECT_TRUE(c.wait(owner, std::stop_token{}, [&] { return *owner == 1; }));
      EXPECT_TRUE(c.wait_for(owner, source.get_token(), 1ms).deadline_passed());
      EXPECT_FALSE(c.wait_for(owner, source.get_token(), 0s, [] { return false; }));
    } else {
      await_waiting(c, 1);
      EXPECT_EQ(c.notify_one(), 1U);
      await_waiting(c, 1);
      m.set(1);
      EXPECT_EQ(c.notify_all(), 1U);
    }
  });
}

TEST(condition_stop, after_the_signal_is_none) {
  mutex<int> m(0);
  condition c;
  for (const bool all : {false, true}) {
    std::stop_source source;
    std::thread waiter([&] {
      auto owner = m.lock();
      EXPECT_TRUE(c.wait(owner, source.get_token()).notified());
    });
    await_waiting(c, 1);
    auto owner = m.lock();
    EXPECT_EQ(all ? c.notify_all() : c.notify_one(), 1U);
    source.request_stop();
    // Time to give up, if it has not understood; it waits for the lock now.
    for (int i = 0; i < 3; ++i) holdfast::test::outlast_barging();
    await([&] { return !all || queued_for(m) == 1; });
    owner.unlock();
    waiter.join();
  }
}

TEST(condition_stop, and_a_signal_at_once_lose_no_signal) {
  mutex<int> m(0);
  condition c;
  const std::size_t rounds = holdfast::test::scaled(400);
  std::size_t notified = 0;
  std::size_t sent = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::stop_source source;
    run_threads(3, [&](unsigned number) {
      if (number == 0) {
        auto owner = m.lock();
        if (c.wait(owner, source.get_token())) ++notified;
      } else if (number == 1) {
        source.request_stop();
      } else {
        const auto owner = m.lock();
        sent += i % 2 == 0 ? c.notify_all() : c.notify_one();
      }
    });
  }
  EXPECT_EQ(notified, sent);
}

TEST(condition_stop, of_a_jthread_ends_its_wait) {
  mutex<int> m(0);
  condition c;
  std::atomic<int> ended{0};
  {
    std::array<std::jthread, 3> threads;
    for (auto& each : threads)
      each = std::jthread([&](const std::stop_token& stop) {
        auto owner = m.lock();
        EXPECT_FALSE(c.wait(owner, stop, [] { return false; }));
        ++ended;
      });
    await_waiting(c, 3);
  }
  EXPECT_EQ(ended, 3);
}

}  // namespace
