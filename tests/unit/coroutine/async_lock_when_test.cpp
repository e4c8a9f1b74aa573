// SPDX-License-Identifier: BSL-1.0
// co_await mutex::lock_when_async.
#include <chrono>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/clearing.hpp"
#include "support/coroutines.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::coroutine;
using test::manual_executor;
using test::queued_for;

template <class Platform>
class async_lock_when : public ::testing::Test {
 protected:
  // Notes `number` when the data has reached it, and -`number` if it came to its end.
  template <class... Ends>
  coroutine notes(int number, Ends... ends) {
    const auto reached = [number](const int& now) { return now >= number; };
    auto owner = co_await data.lock_when_async(reached, ends..., resume_on(executor));
    numbers.push_back(owner ? number : -number);
  }
  void set(int now) { data.set(now); }

  mutex<int, basic_parking_lock<Platform>> data{0};
  std::vector<int> numbers;
  manual_executor executor;
};
TYPED_TEST_SUITE(async_lock_when, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(async_lock_when, goes_on_at_once_if_it_is_so) {
  const coroutine c = this->notes(0);
  EXPECT_EQ(this->numbers, std::vector{0});
  EXPECT_TRUE(this->data.try_lock());
}

TYPED_TEST(async_lock_when, whoever_releases_the_lock_wakes_those_for_whom_it_is_so) {
  const coroutine two = this->notes(2);
  const coroutine one = this->notes(1);
  EXPECT_TRUE(this->data.try_lock()) << "not released while it waits";
  this->set(1);
  EXPECT_EQ(this->executor.size(), 1U);
  this->executor.run();
  EXPECT_EQ(this->numbers, std::vector{1});
  this->set(2);
  this->executor.run();
  EXPECT_EQ(this->numbers, (std::vector{1, 2}));
  EXPECT_EQ(queued_for(this->data), 0U);
  EXPECT_TRUE(this->data.try_lock());
}

TYPED_TEST(async_lock_when, waits_for_the_lock_before_it_asks) {
  auto owner = this->data.lock();
  const coroutine c = this->notes(1);
  owner.unlock();
  this->executor.run();
  EXPECT_TRUE(this->numbers.empty());
  this->set(1);
  this->executor.run();
  EXPECT_EQ(this->numbers, std::vector{1});
}

TYPED_TEST(async_lock_when, waits_again_if_it_is_no_longer_so) {
  const coroutine c = this->notes(1);
  this->set(1);
  if (auto barging = this->data.try_lock()) {  // unless it was handed over
    *barging = 0;
    barging.unlock();
    this->executor.run();
    EXPECT_TRUE(this->numbers.empty());
    this->set(1);
  }
  this->executor.run();
  EXPECT_EQ(this->numbers, std::vector{1});
}

TYPED_TEST(async_lock_when, ends_of_a_wait) {
  std::stop_source stop;
  const coroutine late = this->notes(1, 1ms);
  const coroutine stopped = this->notes(2, stop.get_token());
  const coroutine both = this->notes(3, deadline::in(1h), stop.get_token());
  stop.request_stop();
  await([this] {
    this->executor.run();
    return this->numbers.size() == 3;
  });
  const coroutine past = this->notes(4, deadline::already_past());
  const coroutine before = this->notes(0, stop.get_token());
  EXPECT_EQ(this->numbers.size(), 5U);
  for (const int each : this->numbers) EXPECT_LE(each, 0);
  EXPECT_EQ(queued_for(this->data), 0U);
  EXPECT_TRUE(this->data.try_lock());
}

#if HOLDFAST_HAS_EXCEPTIONS

TYPED_TEST(async_lock_when, what_the_predicate_throws_reaches_the_coroutine) {
  int caught = 0;
  const auto waits = [&](bool at_once) -> coroutine {
    const auto throws = [at_once](int now) { return at_once || now == 1 ? throw 1 : false; };
    try {
      auto owner = co_await this->data.lock_when_async(throws, resume_on(this->executor));
    } catch (int) {
      ++caught;
    }
  };
  const coroutine first = waits(true);
  EXPECT_EQ(caught, 1);
  const coroutine second = waits(false);
  this->set(1);
  this->executor.run();
  EXPECT_EQ(caught, 2);
  EXPECT_TRUE(this->data.try_lock()) << "still held, or poisoned";
}

TYPED_TEST(async_lock_when, is_told_of_poison_that_is_cleared_after_the_look) {
  test::cleared_after_a_look::is_poisoned = true;
  mutex<int, basic_parking_lock<TypeParam>, test::cleared_after_a_look> own(0);
  bool told = false;
  const auto waits = [&]() -> coroutine {
    try {
      const auto never = [](int) { return false; };
      auto owner = co_await own.lock_when_async(never, resume_on(this->executor));
    } catch (const poisoned&) {
      told = true;
    }
  };
  const coroutine c = waits();
  EXPECT_TRUE(told);
  EXPECT_TRUE(own.try_lock());
}

TYPED_TEST(async_lock_when, is_told_when_the_mutex_is_poisoned) {
  bool told = false;
  const auto waits = [&]() -> coroutine {
    try {
      const auto never = [](int) { return false; };
      auto owner = co_await this->data.lock_when_async(never, resume_on(this->executor));
    } catch (const poisoned&) {
      told = true;
    }
  };
  const coroutine c = waits();
  try {
    const auto owner = this->data.lock();
    throw 1;
  } catch (int) {
  }
  this->executor.run();
  EXPECT_TRUE(told);
}

#endif

}  // namespace
}  // namespace holdfast
