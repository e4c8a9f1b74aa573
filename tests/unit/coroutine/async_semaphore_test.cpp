// SPDX-License-Identifier: BSL-1.0
// co_await semaphore::acquire_async and acquire_permit_async.
#include <chrono>
#include <stop_token>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/coroutines.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::coroutine;
using test::manual_executor;

template <class Platform>
class async_semaphore : public ::testing::Test {
 protected:
  // Notes `number` when it has a permit, and -`number` if it came to its end.
  template <class... Ends>
  coroutine notes(int number, Ends... ends) {
    if constexpr (sizeof...(Ends) == 0) {
      static_assert(
          std::is_void_v<decltype(permits.acquire_async(resume_on(executor)).await_resume())>);
      co_await permits.acquire_async(resume_on(executor));
      numbers.push_back(number);
    } else {
      const bool got = co_await permits.acquire_async(ends..., resume_on(executor));
      numbers.push_back(got ? number : -number);
    }
  }

  template <class... Ends>
  coroutine keeps(permit<basic_semaphore<Platform>>& here, Ends... ends) {
    here = co_await permits.acquire_permit_async(ends..., resume_on(executor));
    ++ended;
  }

  basic_semaphore<Platform> permits{0};
  std::vector<int> numbers;
  int ended = 0;
  manual_executor executor;
};
TYPED_TEST_SUITE(async_semaphore, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(async_semaphore, goes_on_at_once_if_there_is_a_permit) {
  this->permits.release();
  const coroutine c = this->notes(1);
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(this->permits.available(), 0);
}

TYPED_TEST(async_semaphore, permits_are_given_in_the_order_of_the_waiters) {
  std::vector<coroutine> all;
  for (int i = 1; i <= 4; ++i) all.push_back(this->notes(i));
  this->permits.release(3);
  EXPECT_TRUE(this->numbers.empty()) << "resumed within release";
  this->executor.run();
  EXPECT_EQ(this->numbers, (std::vector{1, 2, 3}));
  this->permits.release();
  this->executor.run();
  EXPECT_EQ(this->numbers, (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(this->permits.available(), 0);
}

TYPED_TEST(async_semaphore, waits_again_if_somebody_was_faster) {
  const coroutine c = this->notes(1);
  this->permits.release();
  if (this->permits.try_acquire()) {  // unless it was handed over
    this->executor.run();
    EXPECT_FALSE(c.is_done());
    this->permits.release();
  }
  this->executor.run();
  EXPECT_TRUE(c.is_done());
}

TYPED_TEST(async_semaphore, a_permit_is_handed_over_when_others_have_barged_for_long_enough) {
  const coroutine c = this->notes(1);
  test::outlast_barging();
  this->permits.release();
  EXPECT_FALSE(this->permits.try_acquire());
  this->executor.run();
  EXPECT_TRUE(c.is_done());
}

TYPED_TEST(async_semaphore, ends_of_a_wait) {
  std::stop_source stop;
  const coroutine late = this->notes(1, 1ms);
  const coroutine later = this->notes(2, std::chrono::system_clock::now() + 1ms);
  const coroutine stopped = this->notes(3, stop.get_token());
  const coroutine both = this->notes(4, deadline::in(1h), stop.get_token());
  stop.request_stop();
  await([this] {
    this->executor.run();
    return this->numbers.size() == 4;
  });
  for (const int each : this->numbers) EXPECT_LT(each, 0);
  this->numbers.clear();
  this->permits.release();
  const coroutine before = this->notes(5, stop.get_token());
  EXPECT_EQ(this->numbers, std::vector{-5});
  EXPECT_EQ(this->permits.available(), 1);
}

TYPED_TEST(async_semaphore, a_permit_is_given_back_at_the_end_of_its_scope) {
  permit<basic_semaphore<TypeParam>> first;
  permit<basic_semaphore<TypeParam>> second;
  const coroutine c = this->keeps(first);
  this->permits.release();
  this->executor.run();
  EXPECT_TRUE(first);
  const coroutine d = this->keeps(second);
  EXPECT_EQ(this->ended, 1);
  first.release();
  this->executor.run();
  EXPECT_EQ(this->ended, 2);
  EXPECT_TRUE(second);
  second.release();
  EXPECT_EQ(this->permits.available(), 1);
}

TYPED_TEST(async_semaphore, a_permit_that_did_not_come_is_empty) {
  permit<basic_semaphore<TypeParam>> here;
  const coroutine c = this->keeps(here, 1ms);
  await([this] {
    this->executor.run();
    return this->ended == 1;
  });
  EXPECT_FALSE(here);
}

TEST(async_binary_semaphore, waits_as_any_other) {
  binary_semaphore permits(0);
  manual_executor executor;
  int ended = 0;
  const auto takes = [&]() -> coroutine {
    co_await permits.acquire_async(resume_on(executor));
    ++ended;
  };
  const coroutine c = takes();
  permits.release();
  executor.run();
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace holdfast
