// SPDX-License-Identifier: BSL-1.0
// co_await bounded_queue::push_async and pop_async.
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
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
class async_queue : public ::testing::Test {
 protected:
  coroutine pushes(int number) {
    try {
      co_await queue.push_async(number, resume_on(executor));
      pushed.push_back(number);
    } catch (const queue_closed& e) {
      EXPECT_EQ(e.queue(), &queue);
      refused.push_back(number);
    }
  }
  template <class... Ends>
  coroutine tries_to_push(int number, Ends... ends) {
    const bool in = co_await queue.push_async(number, ends..., resume_on(executor));
    (in ? pushed : refused).push_back(number);
  }
  template <class... Ends>
  coroutine pops(Ends... ends) {
    const std::optional<int> got = co_await queue.pop_async(ends..., resume_on(executor));
    popped.push_back(got.value_or(-1));
  }

  void fill() {
    while (queue.try_push(0)) {
    }
  }

  basic_bounded_queue<int, Platform> queue{2};
  std::vector<int> pushed;
  std::vector<int> refused;
  std::vector<int> popped;
  manual_executor executor;
};
TYPED_TEST_SUITE(async_queue, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(async_queue, goes_on_at_once_if_there_is_room_or_an_element) {
  const coroutine a = this->pushes(1);
  const coroutine b = this->tries_to_push(2, 1h);
  const coroutine c = this->pops();
  EXPECT_EQ(this->pushed, (std::vector{1, 2}));
  EXPECT_EQ(this->popped, std::vector{1});
  EXPECT_EQ(this->executor.size(), 0U);
}

TYPED_TEST(async_queue, poppers_wait_for_elements_in_their_order) {
  const coroutine a = this->pops();
  const coroutine b = this->pops();
  this->queue.push(1);
  EXPECT_TRUE(this->popped.empty()) << "resumed within push";
  this->queue.push(2);
  this->executor.run();
  EXPECT_EQ(this->popped, (std::vector{1, 2}));
}

TYPED_TEST(async_queue, pushers_wait_for_room_in_their_order) {
  this->fill();
  const coroutine a = this->pushes(1);
  const coroutine b = this->pushes(2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(this->queue.pop(), 0);
    this->executor.run();
  }
  EXPECT_EQ(this->pushed, (std::vector{1, 2}));
  EXPECT_EQ(this->queue.pop(), 1);
  EXPECT_EQ(this->queue.pop(), 2);
}

TYPED_TEST(async_queue, a_pusher_and_a_popper_follow_each_other) {
  const auto produces = [this]() -> coroutine {
    for (int i = 0; i < 100; ++i) co_await this->queue.push_async(i, resume_on(this->executor));
    this->queue.close();
  };
  const auto consumes = [this]() -> coroutine {
    for (;;) {
      const std::optional<int> next = co_await this->queue.pop_async(resume_on(this->executor));
      if (!next) co_return;
      this->popped.push_back(*next);
    }
  };
  const coroutine consumer = consumes();
  const coroutine producer = produces();
  this->executor.run();
  EXPECT_TRUE(consumer.is_done());
  ASSERT_EQ(this->popped.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(this->popped[static_cast<std::size_t>(i)], i);
}

TYPED_TEST(async_queue, closing_refuses_pushers_and_gives_poppers_what_is_left) {
  this->fill();
  const coroutine a = this->pushes(1);
  const coroutine b = this->tries_to_push(2, 1h);
  this->queue.close();
  this->executor.run();
  EXPECT_EQ(this->refused, (std::vector{1, 2}));
  const coroutine c = this->pops();
  const coroutine d = this->pops();
  const coroutine e = this->pops();
  EXPECT_EQ(this->popped, (std::vector{0, 0, -1}));
  const coroutine f = this->pushes(3);
  EXPECT_EQ(this->refused, (std::vector{1, 2, 3}));
}

TYPED_TEST(async_queue, closing_ends_the_waits_of_poppers) {
  const coroutine a = this->pops();
  const coroutine b = this->pops(1h);
  this->queue.close();
  this->executor.run();
  EXPECT_EQ(this->popped, (std::vector{-1, -1}));
}

TYPED_TEST(async_queue, ends_of_a_wait) {
  std::stop_source stop;
  const coroutine a = this->pops(1ms);
  const coroutine b = this->pops(stop.get_token());
  const coroutine c = this->pops(deadline::in(1h), stop.get_token());
  stop.request_stop();
  await([this] {
    this->executor.run();
    return this->popped == (std::vector{-1, -1, -1});
  });
  const coroutine d = this->tries_to_push(1, stop.get_token());
  EXPECT_EQ(this->refused, std::vector{1});
  EXPECT_TRUE(this->queue.empty());
  this->fill();
  const coroutine e = this->pops(stop.get_token());
  EXPECT_EQ(this->popped.size(), 4U);
  EXPECT_EQ(this->queue.size(), 2U);
  const coroutine f = this->tries_to_push(2, 1ms);
  await([this] {
    this->executor.run();
    return this->refused == (std::vector{1, 2});
  });
}

TEST(async_queue_of_strings, a_value_that_is_refused_is_untouched) {
  bounded_queue<std::string> queue(1);
  manual_executor executor;
  queue.push("first");
  std::string value = "as it was";
  bool in = true;
  const auto pushes = [&]() -> coroutine {
    in = co_await queue.push_async(std::move(value), deadline::already_past(), resume_on(executor));
  };
  const coroutine c = pushes();
  EXPECT_FALSE(in);
  EXPECT_EQ(value, "as it was");
}

TEST(async_queue_of_pointers, elements_are_moved) {
  bounded_queue<std::unique_ptr<int>> queue(1);
  manual_executor executor;
  std::optional<std::unique_ptr<int>> got;
  const auto pops = [&]() -> coroutine { got = co_await queue.pop_async(resume_on(executor)); };
  const coroutine popper = pops();
  auto value = std::make_unique<int>(7);
  const auto pushes = [&]() -> coroutine {
    co_await queue.push_async(std::move(value), resume_on(executor));
  };
  const coroutine pusher = pushes();
  executor.run();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(**got, 7);
}

struct throws_when_copied {
  throws_when_copied() = default;
  throws_when_copied(const throws_when_copied&) { throw 1; }
};

TEST(async_queue_of_what_throws, an_exception_of_the_element_reaches_the_coroutine) {
  bounded_queue<throws_when_copied> queue(1);
  manual_executor executor;
  bool thrown = false;
  const throws_when_copied value;
  const auto pushes = [&]() -> coroutine {
    try {
      co_await queue.push_async(value, resume_on(executor));
    } catch (int) {
      thrown = true;
    }
  };
  const coroutine c = pushes();
  EXPECT_TRUE(thrown);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace holdfast
