// SPDX-License-Identifier: BSL-1.0
// Waits of a mutex that end: by a deadline of any clock, by a stop, and what they report then.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/counting_clock.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_wait_test {
namespace {

using namespace std::chrono_literals;
using holdfast::deadline;
using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::test::counting_clock;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::run_threads;
using std::chrono::steady_clock;
using std::chrono::system_clock;

template <class Poisoning, class Lock>
struct kind {
  template <class T>
  using of = holdfast::mutex<T, Lock, Poisoning>;
};

template <class Kind>
class any_wait : public testing::Test {};

using kinds = testing::Types<kind<holdfast::poison_on_exception, holdfast::parking_lock>,
                             kind<holdfast::no_poisoning, holdfast::parking_lock>,
                             kind<holdfast::poison_on_exception, holdfast::spin_lock>,
                             kind<holdfast::poison_on_exception, holdfast::native_lock>>;
TYPED_TEST_SUITE(any_wait, kinds);

TYPED_TEST(any_wait, with_a_deadline_gets_a_free_lock_at_once) {
  typename TypeParam::template of<int> m(1);
  EXPECT_TRUE(m.try_lock_for(1h));
  EXPECT_TRUE(m.try_lock_for(0s));
  EXPECT_TRUE(m.try_lock_for(-1h));
  EXPECT_TRUE(m.try_lock_until(steady_clock::now()));
  EXPECT_TRUE(m.try_lock_until(system_clock::now() - 1h));
  EXPECT_TRUE(m.try_lock_until(counting_clock::now()));
  EXPECT_TRUE(m.try_lock_until(deadline::already_past()));
  EXPECT_TRUE(m.try_lock_until(deadline::never()));
  EXPECT_TRUE(is_free(m));
}

// The lock is held: every call must come back, empty.
template <class Mutex>
void expect_that_all_waits_end(Mutex& m) {
  EXPECT_FALSE(m.try_lock_for(1ms));
  EXPECT_FALSE(m.try_lock_for(0s));
  EXPECT_FALSE(m.try_lock_for(-1s));
  EXPECT_FALSE(m.try_lock_for(std::chrono::hours::min()));
  EXPECT_FALSE(m.try_lock_for(std::chrono::duration<double>(0.001)));
  EXPECT_FALSE(m.try_lock_for(std::chrono::duration<float, std::micro>(-1.0F)));
  EXPECT_FALSE(m.try_lock_until(steady_clock::now() + 1ms));
  EXPECT_FALSE(m.try_lock_until(steady_clock::time_point::min()));
  EXPECT_FALSE(m.try_lock_until(system_clock::now() + 1ms));
  EXPECT_FALSE(m.try_lock_until(system_clock::time_point::min()));
  EXPECT_FALSE(m.try_lock_until(counting_clock::now() + 3ms));
  EXPECT_FALSE(m.try_lock_until(counting_clock::time_point::min()));
  EXPECT_FALSE(m.try_lock_until(deadline::in(1ms)));
  EXPECT_FALSE(m.try_lock_until(deadline::already_past()));
}

TYPED_TEST(any_wait, with_a_deadline_gives_an_empty_guard_when_it_passes) {
  typename TypeParam::template of<int> m(1);
  const auto owner = m.lock();
  run_threads(1, [&] { expect_that_all_waits_end(m); });
  EXPECT_TRUE(owner);
}

TYPED_TEST(any_wait, with_a_deadline_does_not_end_before_it) {
  typename TypeParam::template of<int> m(1);
  const auto owner = m.lock();
  run_threads(1, [&] {
    const auto until = steady_clock::now() + 3ms;
    EXPECT_FALSE(m.try_lock_until(until));
    EXPECT_GE(steady_clock::now(), until);
    const auto civil = system_clock::now() + 3ms;
    EXPECT_FALSE(m.try_lock_until(civil));
    EXPECT_GE(system_clock::now(), civil);
    const auto counted = counting_clock::now() + 5ms;
    EXPECT_FALSE(m.try_lock_until(counted));
    EXPECT_GE(counting_clock::now(), counted);
  });
  EXPECT_TRUE(owner);
}

// Holds `m`, lets another thread wait for it as `wait` says, and releases it after a while in which
// a wait whose deadline overflowed would have come back empty.
template <class Mutex, class Wait>
void expect_to_wait_for_the_lock(Mutex& m, Wait wait) {
  std::atomic<bool> waits{false};
  std::atomic<bool> came_back{false};
  auto owner = m.lock();
  std::thread waiter([&] {
    waits = true;
    const auto got = wait();
    came_back = true;
    EXPECT_TRUE(got);
  });
  while (!waits) std::this_thread::yield();
  const auto patience = steady_clock::now() + 2ms;
  while (!came_back && steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_FALSE(came_back);
  owner.unlock();
  waiter.join();
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_wait, for_a_huge_duration_lasts_until_the_lock_is_free) {
  typename TypeParam::template of<int> m(1);
  using std::chrono::duration;
  const auto wait_for = [&](auto d) {
    expect_to_wait_for_the_lock(m, [&] { return m.try_lock_for(d); });
  };
  wait_for(std::chrono::nanoseconds::max());
  wait_for(std::chrono::hours::max());
  wait_for(duration<std::int64_t, std::exa>::max());
  wait_for(duration<double>(std::numeric_limits<double>::infinity()));
  wait_for(duration<double, std::ratio<86400>>(1e300));
}

TYPED_TEST(any_wait, until_the_end_of_time_lasts_until_the_lock_is_free) {
  typename TypeParam::template of<int> m(1);
  const auto wait_until = [&](auto point) {
    expect_to_wait_for_the_lock(m, [&] { return m.try_lock_until(point); });
  };
  wait_until(steady_clock::time_point::max());
  wait_until(system_clock::time_point::max());
  wait_until(counting_clock::time_point::max());
  wait_until(std::chrono::time_point<system_clock, std::chrono::hours>::max());
  wait_until(deadline::never());
}

TYPED_TEST(any_wait, with_a_stop_gets_a_free_lock) {
  typename TypeParam::template of<int> m(1);
  const std::stop_source source;
  EXPECT_TRUE(m.lock(source.get_token()));
  EXPECT_TRUE(m.lock(std::stop_token{}));
  EXPECT_TRUE(m.lock(source.get_token(), even_if_poisoned));
  EXPECT_TRUE(m.try_lock_until(deadline::in(1h), source.get_token()));
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_wait, with_a_stop_that_was_requested_already_does_not_even_try) {
  typename TypeParam::template of<int> m(1);
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(m.lock(source.get_token()));
  EXPECT_FALSE(m.lock(source.get_token(), even_if_poisoned));
  EXPECT_FALSE(m.try_lock_until(deadline::never(), source.get_token()));
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_wait, with_a_stop_ends_when_the_stop_is_requested) {
  typename TypeParam::template of<int> m(1);
  const auto owner = m.lock();
  for (int i = 0; i < 3; ++i) {
    std::stop_source source;
    run_threads(2, [&](unsigned number) {
      if (number == 0) {
        const auto got = m.lock(source.get_token());
        EXPECT_FALSE(got);
      } else {
        source.request_stop();
      }
    });
  }
  EXPECT_TRUE(owner);
}

TYPED_TEST(any_wait, with_a_stop_gets_the_lock_when_it_is_released_in_time) {
  typename TypeParam::template of<int> m(1);
  const std::stop_source source;
  expect_to_wait_for_the_lock(m, [&] { return m.lock(source.get_token()); });
}

TYPED_TEST(any_wait, with_both_ends_stops_at_the_first) {
  typename TypeParam::template of<int> m(1);
  const auto owner = m.lock();
  std::stop_source source;
  run_threads(1, [&] { EXPECT_FALSE(m.try_lock_until(deadline::in(1ms), source.get_token())); });
  run_threads(2, [&](unsigned number) {
    if (number == 0)
      EXPECT_FALSE(m.try_lock_until(deadline::never(), source.get_token()));
    else
      source.request_stop();
  });
  EXPECT_TRUE(owner);
}

TYPED_TEST(any_wait, that_gave_up_leaves_the_lock_as_it_was) {
  typename TypeParam::template of<int> m(0);
  run_threads(4, [&] {
    for (int i = 0; i < 50; ++i) {
      if (const auto owner = m.try_lock_for(std::chrono::microseconds(i % 7))) ++*owner;
      *m.lock().operator->() += 1000;
    }
  });
  EXPECT_EQ(m.copy() / 1000, 200);
  EXPECT_TRUE(is_free(m));
}

template <class Lock>
class wait_for_a_poisoned_mutex : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(wait_for_a_poisoned_mutex, locks);

TYPED_TEST(wait_for_a_poisoned_mutex, with_an_end_reports_poison_and_leaves_it_unlocked) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  const std::stop_source source;
  EXPECT_THROW((void)m.try_lock_for(1h), poisoned);
  EXPECT_THROW((void)m.try_lock_for(-1h), poisoned);
  EXPECT_THROW((void)m.try_lock_until(steady_clock::now() + 1h), poisoned);
  EXPECT_THROW((void)m.try_lock_until(system_clock::now()), poisoned);
  EXPECT_THROW((void)m.try_lock_until(deadline::never()), poisoned);
  EXPECT_THROW((void)m.try_lock_until(deadline::never(), source.get_token()), poisoned);
  EXPECT_THROW((void)m.lock(source.get_token()), poisoned);
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(wait_for_a_poisoned_mutex, with_an_end_gives_the_data_to_even_if_poisoned) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  const std::stop_source source;
  EXPECT_TRUE(m.try_lock_for(1h, even_if_poisoned).was_poisoned());
  EXPECT_TRUE(m.try_lock_until(steady_clock::now(), even_if_poisoned).was_poisoned());
  EXPECT_TRUE(m.try_lock_until(deadline::never(), even_if_poisoned).was_poisoned());
  EXPECT_TRUE(m.lock(source.get_token(), even_if_poisoned).was_poisoned());
  EXPECT_TRUE(
      m.try_lock_until(deadline::never(), source.get_token(), even_if_poisoned).was_poisoned());
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(wait_for_a_poisoned_mutex, that_gives_up_does_not_report_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(m.lock(source.get_token()));
  const auto owner = m.lock(even_if_poisoned);
  run_threads(1, [&] {
    EXPECT_FALSE(m.try_lock_for(1ms));
    EXPECT_FALSE(m.try_lock_for(1ms, even_if_poisoned));
    EXPECT_FALSE(m.lock(source.get_token(), even_if_poisoned));
  });
}

TYPED_TEST(wait_for_a_poisoned_mutex, reports_poison_that_came_while_it_waited) {
  holdfast::mutex<int, TypeParam> m(1);
  std::atomic<bool> waits{false};
  std::thread waiter;
  const auto wait = [&] {
    waits = true;
    EXPECT_THROW((void)m.try_lock_for(1h), poisoned);
  };
  try {
    const auto owner = m.lock();
    waiter = std::thread(wait);
    while (!waits) std::this_thread::yield();
    throw holdfast::test::leaving{};
  } catch (const holdfast::test::leaving&) {
  }
  waiter.join();
  EXPECT_TRUE(is_free(m));
}

}  // namespace
}  // namespace in_wait_test
