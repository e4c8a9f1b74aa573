// SPDX-License-Identifier: BSL-1.0
// A coroutine that is destroyed while it is suspended: no trace of it, and nobody else is lost.
#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"
#include "holdfast/wait/tuning.hpp"

#include "support/coroutines.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::coroutine;
using test::manual_executor;
using test::queued_for;
using test::waiting_at;

template <class Platform>
class async_destroy : public ::testing::Test {
 protected:
  template <class... Ends>
  coroutine locks(int number, Ends... ends) {
    auto owner = co_await data.lock_async(ends..., resume_on(executor));
    if (owner) numbers.push_back(number);
  }
  coroutine waits(int number) {
    auto owner = co_await data.lock_async(resume_on(executor));
    co_await changed.wait_async(owner, resume_on(executor));
    numbers.push_back(number);
  }
  coroutine acquires(int number) {
    co_await permits.acquire_async(resume_on(executor));
    numbers.push_back(number);
  }
  coroutine waits_for(int number) {
    const auto is_so = [](int now) { return now == 1; };
    auto owner = co_await data.lock_when_async(is_so, resume_on(executor));
    numbers.push_back(number);
  }
  coroutine pops() {
    const std::optional<int> got = co_await queue.pop_async(resume_on(executor));
    numbers.push_back(got.value_or(-1));
  }

  // What it was given stays with the executor, which calls it later.
  void expect(const std::vector<int>& all) {
    executor.run();
    EXPECT_EQ(numbers, all);
    EXPECT_TRUE(data.try_lock());
    EXPECT_EQ(queued_for(data), 0U);
    EXPECT_EQ(waiting_at(changed), 0U);
  }

  mutex<int, basic_parking_lock<Platform>> data{0};
  basic_condition<Platform> changed;
  basic_semaphore<Platform> permits{0};
  basic_bounded_queue<int, Platform> queue{4};
  std::vector<int> numbers;
  manual_executor executor;
};
TYPED_TEST_SUITE(async_destroy, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(async_destroy, leaves_the_queue_of_a_lock) {
  auto owner = this->data.lock();
  coroutine a = this->locks(1);
  coroutine b = this->locks(2, 1h);
  const std::stop_source stop;
  coroutine c = this->locks(3, deadline::in(1h), stop.get_token());
  const coroutine d = this->locks(4);
  a.destroy();
  b.destroy();
  c.destroy();
  EXPECT_EQ(queued_for(this->data), 1U);
  owner.unlock();
  this->expect({4});
}

TYPED_TEST(async_destroy, passes_a_wake_up_of_a_lock_on) {
  auto owner = this->data.lock();
  coroutine a = this->locks(1);
  const coroutine b = this->locks(2);
  owner.unlock();
  EXPECT_EQ(this->executor.size(), 1U);
  a.destroy();
  EXPECT_EQ(this->executor.size(), 2U);
  this->expect({2});
}

TYPED_TEST(async_destroy, passes_a_lock_on_that_was_handed_over_to_it) {
  auto owner = this->data.lock();
  coroutine a = this->locks(1);
  const coroutine b = this->locks(2);
  test::outlast_barging();
  owner.unlock();
  EXPECT_FALSE(this->data.try_lock());
  a.destroy();
  this->expect({2});
}

TYPED_TEST(async_destroy, is_not_resumed_by_a_stop_that_was_posted_already) {
  std::stop_source stop;
  auto owner = this->data.lock();
  coroutine a = this->locks(1, stop.get_token());
  coroutine b = this->locks(2, 1ms);
  stop.request_stop();
  await([&] { return this->executor.size() == 2 || b.is_done(); });
  a.destroy();
  b.destroy();
  EXPECT_EQ(queued_for(this->data), 0U);
  owner.unlock();
  this->expect({});
}

TYPED_TEST(async_destroy, leaves_the_queue_of_a_condition) {
  coroutine a = this->waits(1);
  const coroutine b = this->waits(2);
  a.destroy();
  EXPECT_EQ(this->changed.notify_one(), 1U);
  this->expect({2});
}

TYPED_TEST(async_destroy, passes_a_signal_on) {
  coroutine a = this->waits(1);
  const coroutine b = this->waits(2);
  this->changed.notify_one();
  a.destroy();
  this->expect({2});
}

TYPED_TEST(async_destroy, passes_a_signal_on_while_it_waits_for_the_lock) {
  coroutine a = this->waits(1);
  const coroutine b = this->waits(2);
  auto owner = this->data.lock();
  this->changed.notify_one();
  this->executor.run();
  EXPECT_EQ(queued_for(this->data), 1U);
  a.destroy();
  EXPECT_EQ(queued_for(this->data), 0U);
  owner.unlock();
  this->expect({2});
}

// Those that the broadcast has moved wait for the unlocks of those that it has woken.
TYPED_TEST(async_destroy, those_that_a_broadcast_moved_do_not_wait_for_it) {
  constexpr int at_once = detail::tuning::woken_by_broadcast;
  std::vector<coroutine> woken;
  for (int i = 0; i < at_once; ++i) woken.push_back(this->waits(i));
  coroutine moved = this->waits(at_once);
  const coroutine last = this->waits(at_once + 1);
  this->changed.notify_all();
  EXPECT_EQ(queued_for(this->data), 2U);
  for (coroutine& each : woken) each.destroy();
  moved.destroy();
  this->expect({at_once + 1});
}

TYPED_TEST(async_destroy, leaves_the_queue_of_a_semaphore_and_passes_permits_on) {
  coroutine a = this->acquires(1);
  coroutine b = this->acquires(2);
  const coroutine c = this->acquires(3);
  a.destroy();
  this->permits.release();
  b.destroy();
  this->expect({3});
  EXPECT_EQ(this->permits.available(), 0);
}

TYPED_TEST(async_destroy, passes_a_permit_on_that_was_handed_over_to_it) {
  coroutine a = this->acquires(1);
  const coroutine b = this->acquires(2);
  test::outlast_barging();
  this->permits.release();
  EXPECT_EQ(this->permits.available(), 0);
  a.destroy();
  this->expect({2});
  EXPECT_EQ(this->permits.available(), 0);
}

TYPED_TEST(async_destroy, leaves_the_queue_of_lock_when_and_passes_its_turn_on) {
  coroutine a = this->waits_for(1);
  coroutine b = this->waits_for(2);
  const coroutine c = this->waits_for(3);
  a.destroy();
  this->data.set(1);
  b.destroy();
  this->expect({3});
}

TYPED_TEST(async_destroy, leaves_a_queue_and_passes_its_element_on) {
  coroutine a = this->pops();
  coroutine b = this->pops();
  const coroutine c = this->pops();
  a.destroy();
  this->queue.push(7);
  b.destroy();
  this->expect({7});
}

TYPED_TEST(async_destroy, an_awaitable_that_was_never_awaited_has_done_nothing) {
  {
    [[maybe_unused]] const auto never = this->data.lock_async(resume_on(this->executor));
  }
  this->expect({});
}

// Destroyed at any moment of the notification, by whoever runs the executor.
TYPED_TEST(async_destroy, while_it_is_being_notified) {
  const std::size_t rounds = test::scaled(5'000);
  std::optional<coroutine> waiting;
  test::run_threads(2, [&](unsigned me) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (me == 0) {
        this->permits.release();
        this->permits.acquire();
      } else {
        waiting.emplace(this->acquires(0));
        const bool ended = waiting->is_done();
        waiting.reset();
        if (ended) this->permits.release();
        this->executor.run();
      }
    }
  });
  EXPECT_EQ(this->permits.available(), 0);
  this->expect(this->numbers);
}

}  // namespace
}  // namespace holdfast
