// SPDX-License-Identifier: BSL-1.0
// The semaphore without a waiter: counting, limits, ends, permits.
#include "holdfast/semaphore.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "support/run_threads.hpp"
#include "support/seed.hpp"

namespace holdfast::in_semaphore_test {
namespace {

using namespace std::chrono_literals;
using test::run_threads;

static_assert(sizeof(semaphore) == 8);
static_assert(std::is_trivially_destructible_v<semaphore>);
static_assert(!std::is_copy_constructible_v<semaphore> && !std::is_move_constructible_v<semaphore>);
static_assert(!std::is_convertible_v<int, semaphore>);
static_assert(semaphore::max() == 0x7fff'ffff && binary_semaphore::max() == 1);
static_assert(!std::is_copy_constructible_v<permit<>>);
static_assert(std::is_nothrow_move_constructible_v<permit<>>);
static_assert(std::is_nothrow_move_assignable_v<permit<>>);

constinit semaphore of_static_storage{3};

template <class Action>
std::error_code error_of(Action action) {
  try {
    action();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::strstr(error.what(), "semaphore"), nullptr) << error.what();
    return error.code();
  }
  return {};
}

TEST(semaphore, can_be_a_constant_initialised_global) {
  of_static_storage.acquire();
  EXPECT_EQ(of_static_storage.available(), 2);
  of_static_storage.release();
}

TEST(semaphore, try_acquire_takes_what_is_there_and_fails_only_without_permits) {
  semaphore s(2);
  EXPECT_TRUE(s.try_acquire());
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
  s.release();
  EXPECT_TRUE(s.try_acquire());
  EXPECT_EQ(s.available(), 0);
}

TEST(semaphore, a_release_before_the_acquire_is_not_lost) {
  semaphore s(0);
  s.release();
  s.release(2);
  for (int i = 0; i < 3; ++i) s.acquire();
  EXPECT_FALSE(s.try_acquire());
}

TEST(semaphore, counts_right_whatever_the_order_of_acquires_and_releases) {
  // The guess of the next count is right, wrong, and right again.
  semaphore s(1);
  std::int64_t expected = 1;
  test::random_numbers random(0);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t many = random.below(4);
    if (random.below(2) == 0) {
      if (expected + static_cast<std::int64_t>(many) < 6) {
        s.release(static_cast<std::int64_t>(many));
        expected += static_cast<std::int64_t>(many);
      }
    } else {
      for (std::uint64_t k = 0; k < many; ++k) {
        ASSERT_EQ(s.try_acquire(), expected > 0);
        if (expected > 0) --expected;
      }
    }
    ASSERT_EQ(s.available(), expected);
  }
}

TEST(semaphore, releasing_none_does_nothing_and_less_than_none_is_an_error) {
  semaphore s(1);
  s.release(0);
  EXPECT_EQ(s.available(), 1);
  EXPECT_EQ(error_of([&] { s.release(-1); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([&] { s.release(std::numeric_limits<std::int64_t>::min()); }),
            std::errc::invalid_argument);
  EXPECT_EQ(s.available(), 1);
}

TEST(semaphore, a_release_beyond_the_limit_is_an_error_and_changes_nothing) {
  semaphore full(semaphore::max());
  EXPECT_EQ(error_of([&] { full.release(); }), std::errc::value_too_large);
  EXPECT_EQ(full.available(), semaphore::max());
  full.acquire();
  EXPECT_EQ(error_of([&] { full.release(2); }), std::errc::value_too_large);
  full.release();
  EXPECT_EQ(full.available(), semaphore::max());

  semaphore empty(0);
  EXPECT_EQ(error_of([&] { empty.release(semaphore::max() + 1); }), std::errc::value_too_large);
  empty.release(semaphore::max());
  EXPECT_EQ(empty.available(), semaphore::max());

  basic_semaphore<platform::native, 5> small(3);
  EXPECT_EQ(error_of([&] { small.release(3); }), std::errc::value_too_large);
  small.release(2);
  EXPECT_EQ(small.available(), 5);
}

TEST(semaphore, a_second_release_of_a_binary_one_is_an_error_and_lets_in_no_second_thread) {
  binary_semaphore s(0);
  s.release();
  EXPECT_EQ(error_of([&] { s.release(); }), std::errc::value_too_large);
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
}

TEST(semaphore, an_initial_count_beyond_its_limits_is_an_error) {
  EXPECT_EQ(error_of([] { const semaphore s(-1); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([] { const semaphore s(semaphore::max() + 1); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([] { const binary_semaphore s(2); }), std::errc::invalid_argument);
}

TEST(semaphore, deadlines_of_zero_and_of_the_past_try_once) {
  semaphore s(1);
  const auto past = std::chrono::steady_clock::now() - 1h;
  EXPECT_TRUE(s.try_acquire_for(0s));
  EXPECT_FALSE(s.try_acquire_for(0s));
  EXPECT_FALSE(s.try_acquire_for(-1s));
  EXPECT_FALSE(s.try_acquire_until(past));
  EXPECT_FALSE(s.try_acquire_until(std::chrono::system_clock::time_point::min()));
  EXPECT_FALSE(s.try_acquire_until(deadline::already_past()));
  s.release();
  EXPECT_TRUE(s.try_acquire_until(past));
}

TEST(semaphore, a_stop_requested_before_takes_nothing) {
  semaphore s(1);
  std::stop_source source;
  EXPECT_TRUE(s.acquire(source.get_token()));
  s.release();
  source.request_stop();
  EXPECT_FALSE(s.acquire(source.get_token()));
  EXPECT_FALSE(s.try_acquire_until(deadline::never(), source.get_token()));
  EXPECT_EQ(s.available(), 1);
}

TEST(semaphore, works_in_destructors_of_thread_local_objects) {
  static semaphore s(1);
  struct at_thread_exit {
    ~at_thread_exit() {
      s.acquire();
      s.release();
    }
  };
  run_threads(4, [] { static thread_local at_thread_exit last; });
  EXPECT_EQ(s.available(), 1);
}

TEST(permit, is_released_at_the_end_of_its_scope) {
  semaphore s(1);
  {
    const auto p = s.acquire_permit();
    EXPECT_TRUE(p);
    EXPECT_EQ(s.available(), 0);
    EXPECT_FALSE(s.try_acquire_permit());
  }
  EXPECT_EQ(s.available(), 1);
  try {
    const auto p = s.try_acquire_permit();
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(s.available(), 1);
}

TEST(permit, moves_and_is_released_once) {
  semaphore s(2);
  auto a = s.acquire_permit();
  auto b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(b);
  EXPECT_EQ(s.available(), 1);
  a = s.acquire_permit();
  EXPECT_EQ(s.available(), 0);
  a = std::move(b);  // gives back what it had
  EXPECT_EQ(s.available(), 1);
  auto& same = a;
  a = std::move(same);
  EXPECT_TRUE(a);
  a.release();
  a.release();
  EXPECT_FALSE(a);
  EXPECT_EQ(s.available(), 2);
}

TEST(permit, can_be_given_away_and_taken_over) {
  semaphore s(1);
  s.acquire_permit().forget();
  EXPECT_EQ(s.available(), 0);
  {
    const permit<> taken_over(s);
  }
  EXPECT_EQ(s.available(), 1);

  auto p = s.acquire_permit();
  std::thread([moved = std::move(p)]() mutable { moved.release(); }).join();
  EXPECT_EQ(s.available(), 1);
}

TEST(permit, comes_from_every_kind_of_wait) {
  semaphore s(1);
  std::stop_source source;
  EXPECT_TRUE(s.try_acquire_permit_for(1ms));
  EXPECT_TRUE(s.try_acquire_permit_until(std::chrono::steady_clock::now()));
  EXPECT_TRUE(s.try_acquire_permit_until(deadline::already_past()));
  EXPECT_TRUE(s.acquire_permit(source.get_token()));
  EXPECT_TRUE(s.try_acquire_permit_until(deadline::never(), source.get_token()));
  source.request_stop();
  EXPECT_FALSE(s.acquire_permit(source.get_token()));
  const auto p = s.acquire_permit();
  EXPECT_FALSE(s.try_acquire_permit_for(1ms));
}

}  // namespace
}  // namespace holdfast::in_semaphore_test
