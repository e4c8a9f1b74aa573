// SPDX-License-Identifier: BSL-1.0
// What a fiber says and asks of itself: turns, sleep with every end and clock, who it is.
#include "holdfast/fiber/this_fiber.hpp"

#include <array>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/mutex.hpp"

#include "support/counting_clock.hpp"
#include "support/hooked_clock.hpp"
#include "support/this_thread.hpp"

namespace holdfast::fiber {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using std::chrono::system_clock;

template <class F>
void in_a_fiber(F f) {
  scheduler s;
  s.spawn(std::move(f));
  s.run();
}

TEST(this_fiber, is_none_in_a_plain_thread) {
  EXPECT_FALSE(in_fiber());
  EXPECT_EQ(name(), "");
  EXPECT_EQ(id(), 0U);
  EXPECT_FALSE(stop_token().stop_possible());
  yield();
  sleep_for(1us);
  sleep_until(steady_clock::now());
  std::stop_source stop;
  EXPECT_TRUE(sleep_for(1us, stop.get_token()));
  stop.request_stop();
  EXPECT_FALSE(sleep_for(1h, stop.get_token()));
}

TEST(this_fiber, is_one_while_a_fiber_runs_and_no_longer) {
  in_a_fiber([] { EXPECT_TRUE(in_fiber()); });
  EXPECT_FALSE(in_fiber());
}

TEST(this_fiber, yield_lets_all_that_are_ready_run_first) {
  scheduler s;
  std::string order;
  s.spawn([&] {
    order += '1';
    yield();
    order += '4';
  });
  s.spawn([&] { order += '2'; });
  s.spawn([&] { order += '3'; });
  s.run();
  EXPECT_EQ(order, "1234");
}

TEST(this_fiber, yield_alone_returns_at_once_and_sees_what_other_threads_have_sent) {
  scheduler s;
  bool ran = false;
  std::thread other;
  s.spawn([&] {
    other = std::thread([&] { s.spawn([&] { ran = true; }); });
    while (!ran) yield();
  });
  s.run();
  other.join();
  EXPECT_TRUE(ran);
}

TEST(this_fiber, a_fiber_that_only_yields_does_not_keep_others_from_their_deadlines) {
  scheduler s;
  bool woken = false;
  s.spawn([&] {
    sleep_for(1ms);
    woken = true;
  });
  s.spawn([&] {
    while (!woken) yield();
  });
  s.run();
}

TEST(this_fiber, sleeps_at_least_as_long_as_it_said) {
  in_a_fiber([] {
    const auto begin = steady_clock::now();
    sleep_for(2ms);
    EXPECT_GE(steady_clock::now() - begin, 2ms);
    const auto until = steady_clock::now() + 2ms;
    sleep_until(until);
    EXPECT_GE(steady_clock::now(), until);
    const auto civil = system_clock::now() + 2ms;
    sleep_until(civil);
    EXPECT_GE(system_clock::now(), civil);
    const auto limit = deadline::in(2ms);
    sleep_until(limit);
    EXPECT_TRUE(limit.has_passed());
    sleep_for(std::chrono::duration<double>(0.001));
  });
}

TEST(this_fiber, sleep_until_follows_a_clock_of_the_callers) {
  in_a_fiber([] {
    const auto until = test::counting_clock::now() + 20ms;
    sleep_until(until);
    EXPECT_GE(test::counting_clock::now(), until);
  });
}

// Its wait is suspended anew after each look, in the same place of the queue.
TEST(this_fiber, receives_a_signal_that_is_sent_while_it_looks_at_a_clock_of_the_callers) {
  holdfast::mutex<int> data(0);
  holdfast::condition changed;
  for (const int at : {1, 4}) {
    const test::hooked_clock::hook signals([&](int looks) {
      if (looks == at) {
        EXPECT_EQ(changed.notify_one(), 1U);
      }
    });
    in_a_fiber([&] {
      auto owner = data.lock();
      EXPECT_TRUE(changed.wait_until(owner, test::hooked_clock::soon()).notified());
    });
  }
}

TEST(this_fiber, those_that_sleep_wake_in_the_order_of_their_deadlines) {
  scheduler s;
  std::string order;
  const auto begin = steady_clock::now() + 20ms;
  for (const char which : std::string("hcaebgdf"))
    s.spawn([&, which] {
      sleep_until(begin + (which - 'a') * 1ms);
      order += which;
    });
  s.run();
  EXPECT_EQ(order, "abcdefgh");
}

TEST(this_fiber, a_sleep_of_no_time_or_less_ends) {
  in_a_fiber([] {
    sleep_for(0s);
    sleep_for(-1h);
    sleep_for(std::chrono::hours::min());
    sleep_until(steady_clock::time_point::min());
    sleep_until(system_clock::time_point::min());
    sleep_until(deadline::already_past());
    EXPECT_TRUE(sleep_for(0s, std::stop_token{}));
  });
}

TEST(this_fiber, a_huge_sleep_is_no_overflow_and_a_stop_ends_it) {
  scheduler s;
  std::stop_source stop;
  int stopped = 0;
  s.spawn([&] { stopped += !sleep_for(std::chrono::hours::max(), stop.get_token()); });
  s.spawn([&] { stopped += !sleep_for(std::chrono::nanoseconds::max(), stop.get_token()); });
  s.spawn([&] { stopped += !sleep_for(std::chrono::duration<double>(1e300), stop.get_token()); });
  s.spawn([&] { stopped += !sleep_for(24h * 365, stop.get_token()); });
  s.spawn([&] {
    yield();
    EXPECT_EQ(stopped, 0);
    stop.request_stop();
  });
  s.run();
  EXPECT_EQ(stopped, 4);
}

TEST(this_fiber, a_sleep_that_no_stop_ends_is_a_whole_one) {
  in_a_fiber([] {
    const std::stop_source stop;
    const auto begin = steady_clock::now();
    EXPECT_TRUE(sleep_for(2ms, stop.get_token()));
    EXPECT_GE(steady_clock::now() - begin, 2ms);
  });
}

TEST(this_fiber, a_stop_before_the_sleep_is_no_sleep) {
  in_a_fiber([] {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(sleep_for(1h, stop.get_token()));
    EXPECT_FALSE(sleep_for(0s, stop.get_token()));
  });
}

// Deadline and stop at about the same time, from another thread: each sleep ends exactly once.
TEST(this_fiber, a_stop_that_races_with_the_deadline_ends_the_sleep_once) {
  for (int i = 0; i < 300; ++i) {
    std::stop_source stop;
    int ended = 0;
    scheduler s;
    s.spawn([&] {
      static_cast<void>(sleep_for(std::chrono::microseconds(i), stop.get_token()));
      ++ended;
    });
    std::thread stops([&] { stop.request_stop(); });
    s.run();
    stops.join();
    EXPECT_EQ(ended, 1);
  }
}

TEST(this_fiber, many_sleep_at_a_time) {
  scheduler s;
  std::size_t woken = 0;
  for (int i = 0; i < 1'000; ++i)
    s.spawn([&, i] {
      sleep_for(std::chrono::microseconds(i * 37 % 1'000));
      sleep_until(system_clock::now() + std::chrono::microseconds(i * 17 % 1'000));
      ++woken;
    });
  s.run();
  EXPECT_EQ(woken, 1'000U);
}

TEST(this_fiber, a_fiber_of_a_scheduler_stays_on_its_thread) {
  in_a_fiber([] {
    const auto thread = test::this_thread_now();
    for (int i = 0; i < 20; ++i) {
      sleep_for(10us);
      EXPECT_EQ(test::this_thread_now(), thread);
    }
  });
}

TEST(this_fiber, says_that_it_is_asked_to_stop) {
  scheduler s;
  auto h = s.spawn([] {
    EXPECT_TRUE(stop_token().stop_possible());
    EXPECT_FALSE(stop_token().stop_requested());
    yield();
    EXPECT_TRUE(stop_token().stop_requested());
  });
  s.spawn([&] { h.request_stop(); });
  s.run();
  h.join();
}

// What the compiler keeps in registers: it has to be told that a switch overwrites all of them.
TEST(this_fiber, locals_of_all_kinds_are_as_they_were_after_a_yield) {
  scheduler s;
  for (int fiber = 0; fiber < 3; ++fiber)
    s.execute([fiber] {
      std::array<long, 24> whole{};
      std::array<double, 24> fractions{};
      for (int i = 0; i < 24; ++i) {
        whole[static_cast<std::size_t>(i)] = 100 * fiber + i;
        fractions[static_cast<std::size_t>(i)] = 0.5 * fiber + i;
      }
      for (int turn = 0; turn < 100; ++turn) {
        for (long& each : whole) each += turn;
        for (double& each : fractions) each += turn;
        yield();
      }
      for (int i = 0; i < 24; ++i) {
        EXPECT_EQ(whole[static_cast<std::size_t>(i)], 100 * fiber + i + 4950);
        EXPECT_EQ(fractions[static_cast<std::size_t>(i)], 0.5 * fiber + i + 4950);
      }
    });
  s.run();
}

TEST(this_fiber, a_rounding_mode_of_its_own_follows_it_and_nobody_else_sees_it) {
  scheduler s;
  int seen = 0;
  for (const int mode : {FE_UPWARD, FE_DOWNWARD})
    s.execute([&, mode] {
      keep_float_environment();
      ASSERT_EQ(std::fesetround(mode), 0);
      for (int i = 0; i < 10; ++i) {
        yield();
        EXPECT_EQ(std::fegetround(), mode);
        ++seen;
      }
    });
  for (int plain = 0; plain < 2; ++plain)
    s.execute([&] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(std::fegetround(), FE_TONEAREST);
        yield();
        ++seen;
      }
    });
  s.run();
  EXPECT_EQ(seen, 40);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

TEST(this_fiber, a_rounding_mode_of_its_own_follows_it_to_other_threads) {
  std::atomic<int> right{0};
  {
    pool many(3);
    for (int i = 0; i < 6; ++i)
      many.execute([&, mode = i % 2 == 0 ? FE_UPWARD : FE_TOWARDZERO] {
        keep_float_environment();
        std::fesetround(mode);
        for (int turn = 0; turn < 200; ++turn) {
          yield();
          if (std::fegetround() == mode) right.fetch_add(1, std::memory_order_relaxed);
        }
      });
    many.execute([&] {
      for (int turn = 0; turn < 200; ++turn) {
        yield();
        if (std::fegetround() == FE_TONEAREST) right.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  EXPECT_EQ(right, 7 * 200);
}

TEST(this_fiber, a_plain_thread_has_its_rounding_mode_anyway) {
  const int before = std::fegetround();
  std::fesetround(FE_UPWARD);
  keep_float_environment();
  yield();
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(before);
}

}  // namespace
}  // namespace holdfast::fiber
