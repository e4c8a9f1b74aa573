// SPDX-License-Identifier: BSL-1.0
// co_await mutex::lock_async, with every end.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/coroutines.hpp"
#include "support/counting_clock.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::await_queue;
using test::coroutine;
using test::manual_executor;
using test::queued_for;

template <class Platform>
class async_lock : public ::testing::Test {
 protected:
  using mutex_type = mutex<std::vector<int>, basic_parking_lock<Platform>>;

  // Notes `number` under the lock, or -1 if it did not get it in time.
  template <class... Ends>
  coroutine notes(int number, Ends... ends) {
    auto owner = co_await numbers.lock_async(ends..., resume_on(executor));
    if (owner)
      owner->push_back(number);
    else
      given_up.push_back(number);
  }

  std::vector<int> all() { return numbers.copy(); }

  mutex_type numbers;
  std::vector<int> given_up;
  manual_executor executor;
};
TYPED_TEST_SUITE(async_lock, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(async_lock, goes_on_at_once_if_the_lock_is_free) {
  const coroutine c = this->notes(1);
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(this->executor.size(), 0U);
  EXPECT_EQ(this->all(), std::vector{1});
}

TYPED_TEST(async_lock, waits_without_its_thread_and_goes_on_where_its_executor_runs_it) {
  auto owner = this->numbers.lock();
  const coroutine c = this->notes(1);
  EXPECT_FALSE(c.is_done());
  EXPECT_EQ(queued_for(this->numbers), 1U);
  EXPECT_EQ(this->executor.size(), 0U);
  owner.unlock();
  EXPECT_FALSE(c.is_done()) << "resumed within unlock";
  EXPECT_EQ(this->executor.size(), 1U);
  std::thread([this] { this->executor.run(); }).join();
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(this->all(), std::vector{1});
}

TYPED_TEST(async_lock, waiters_get_the_lock_in_their_order) {
  std::vector<coroutine> all;
  auto owner = this->numbers.lock();
  for (int i = 0; i < 5; ++i) all.push_back(this->notes(i));
  owner.unlock();
  this->executor.run();
  EXPECT_EQ(this->all(), (std::vector{0, 1, 2, 3, 4}));
}

TYPED_TEST(async_lock, is_handed_over_when_others_have_barged_for_long_enough) {
  auto owner = this->numbers.lock();
  const coroutine first = this->notes(1);
  test::outlast_barging();
  owner.unlock();
  EXPECT_FALSE(this->numbers.try_lock()) << "not handed over";
  this->executor.run();
  EXPECT_TRUE(first.is_done());
  EXPECT_TRUE(this->numbers.try_lock());
}

TYPED_TEST(async_lock, waits_again_if_somebody_was_faster) {
  auto owner = this->numbers.lock();
  const coroutine c = this->notes(1);
  owner.unlock();
  if (auto barging = this->numbers.try_lock()) {  // unless it was handed over
    this->executor.run();
    EXPECT_FALSE(c.is_done());
    EXPECT_EQ(queued_for(this->numbers), 1U);
  }
  this->executor.run();
  EXPECT_TRUE(c.is_done());
}

TYPED_TEST(async_lock, gives_up_at_its_deadline) {
  auto owner = this->numbers.lock();
  const coroutine by_duration = this->notes(1, 1ms);
  const coroutine by_deadline = this->notes(2, deadline::in(1ms));
  const coroutine by_steady = this->notes(3, std::chrono::steady_clock::now() + 1ms);
  const coroutine by_civil = this->notes(4, std::chrono::system_clock::now() + 1ms);
  await([this] {
    this->executor.run();
    return this->given_up.size() == 4;
  });
  EXPECT_EQ(queued_for(this->numbers), 0U);
}

TYPED_TEST(async_lock, a_deadline_that_has_passed_allows_one_try) {
  const coroutine first = this->notes(1, deadline::already_past());
  EXPECT_TRUE(first.is_done());
  auto owner = this->numbers.lock();
  const coroutine second = this->notes(2, -1ms);
  EXPECT_TRUE(second.is_done());
  EXPECT_EQ(this->executor.size(), 0U);
  owner.unlock();
  EXPECT_EQ(this->given_up, std::vector{2});
  EXPECT_EQ(this->all(), std::vector{1});
}

TYPED_TEST(async_lock, the_sooner_of_two_deadlines_comes_first) {
  auto owner = this->numbers.lock();
  const coroutine late = this->notes(1, 1h);
  const coroutine soon = this->notes(2, 2ms);
  const coroutine middle = this->notes(3, 30min);
  await([this] {
    this->executor.run();
    return !this->given_up.empty();
  });
  EXPECT_EQ(this->given_up, std::vector{2});
  EXPECT_EQ(queued_for(this->numbers), 2U);
  owner.unlock();
  this->executor.run();
  EXPECT_EQ(this->all(), (std::vector{1, 3}));
}

TYPED_TEST(async_lock, a_clock_of_ones_own_decides_when_its_point_is_reached) {
  auto owner = this->numbers.lock();
  const auto start = test::counting_clock::now();
  const coroutine c = this->notes(1, start + 3ms);
  await([&] {
    this->executor.run();
    return c.is_done();
  });
  EXPECT_EQ(this->given_up, std::vector{1});
  EXPECT_GE(test::counting_clock::now(), start + 3ms);
}

TYPED_TEST(async_lock, gives_up_when_a_stop_is_requested) {
  std::stop_source stop;
  auto owner = this->numbers.lock();
  const coroutine alone = this->notes(1, stop.get_token());
  const coroutine with_deadline = this->notes(2, deadline::in(1h), stop.get_token());
  stop.request_stop();
  EXPECT_EQ(this->given_up, std::vector<int>{}) << "resumed within request_stop";
  this->executor.run();
  EXPECT_EQ(this->given_up.size(), 2U);
  EXPECT_EQ(queued_for(this->numbers), 0U);
}

TYPED_TEST(async_lock, a_deadline_comes_also_where_a_stop_may) {
  const std::stop_source stop;
  auto owner = this->numbers.lock();
  const coroutine c = this->notes(1, deadline::in(1ms), stop.get_token());
  await([this] {
    this->executor.run();
    return !this->given_up.empty();
  });
  EXPECT_EQ(this->given_up, std::vector{1});
}

TYPED_TEST(async_lock, does_not_even_try_if_a_stop_was_requested_before) {
  std::stop_source stop;
  stop.request_stop();
  const coroutine c = this->notes(1, stop.get_token());
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(this->given_up, std::vector{1});
}

TYPED_TEST(async_lock, takes_what_comes_together_with_its_end) {
  std::stop_source stop;
  auto owner = this->numbers.lock();
  const coroutine c = this->notes(1, stop.get_token());
  owner.unlock();
  stop.request_stop();
  this->executor.run();
  EXPECT_EQ(this->all(), std::vector{1});
}

#if HOLDFAST_HAS_EXCEPTIONS

template <class Mutex>
void poison(Mutex& m) {
  try {
    const auto owner = m.lock();
    throw 1;
  } catch (int) {
  }
}

template <class Mutex>
coroutine expects_poison(Mutex& m, manual_executor& ex, bool& thrown) {
  try {
    static_cast<void>(co_await m.lock_async(resume_on(ex)));
  } catch (const poisoned& p) {
    thrown = p.mutex() == &m;
  }
}

template <class Mutex>
coroutine accepts_poison(Mutex& m, manual_executor& ex, std::optional<bool>& was_poisoned) {
  auto owner = co_await m.lock_async(even_if_poisoned, 1h, resume_on(ex));
  was_poisoned = owner.was_poisoned();
}

TYPED_TEST(async_lock, throws_poisoned_from_the_co_await) {
  poison(this->numbers);
  bool at_once = false;
  const coroutine c = expects_poison(this->numbers, this->executor, at_once);
  EXPECT_TRUE(at_once);

  auto owner = this->numbers.lock(even_if_poisoned);
  bool later = false;
  const coroutine d = expects_poison(this->numbers, this->executor, later);
  EXPECT_FALSE(later);
  owner.unlock();
  this->executor.run();
  EXPECT_TRUE(later);
  EXPECT_TRUE(this->numbers.try_lock(even_if_poisoned)) << "still held";
}

TYPED_TEST(async_lock, tells_of_poison_if_asked_to) {
  std::optional<bool> was;
  const coroutine c = accepts_poison(this->numbers, this->executor, was);
  EXPECT_EQ(was, false);
  poison(this->numbers);
  const coroutine d = accepts_poison(this->numbers, this->executor, was);
  EXPECT_EQ(was, true);
}

template <class Mutex>
coroutine leaves_by_exception(Mutex& m, manual_executor& ex) {
  try {
    auto owner = co_await m.lock_async(resume_on(ex));
    throw std::runtime_error("in the middle");
  } catch (const std::runtime_error&) {
  }
}

TYPED_TEST(async_lock, a_coroutine_that_leaves_by_an_exception_poisons) {
  auto owner = this->numbers.lock();
  const coroutine c = leaves_by_exception(this->numbers, this->executor);
  owner.unlock();
  std::thread([this] { this->executor.run(); }).join();
  EXPECT_TRUE(c.is_done());
  EXPECT_TRUE(this->numbers.is_poisoned());
}

#endif

template <class Mutex>
coroutine keeps_guard(Mutex& m, manual_executor& ex, std::vector<std::thread::id>& threads) {
  auto owner = co_await m.lock_async(resume_on(ex));
  threads.push_back(std::this_thread::get_id());
  co_await ex.next();
  threads.push_back(std::this_thread::get_id());
}

TYPED_TEST(async_lock, a_guard_may_end_on_another_thread_than_it_began) {
  std::vector<std::thread::id> threads;
  const coroutine c = keeps_guard(this->numbers, this->executor, threads);
  EXPECT_FALSE(this->numbers.try_lock());
  std::thread([this] { this->executor.run(); }).join();
  EXPECT_TRUE(c.is_done());
  EXPECT_NE(threads[0], threads[1]);
  EXPECT_TRUE(this->numbers.try_lock());
}

template <class Mutex>
coroutine reads(const Mutex& m, manual_executor& ex, std::size_t& size) {
  auto owner = co_await m.lock_async(resume_on(ex));
  static_assert(std::is_const_v<std::remove_reference_t<decltype(*owner)>>);
  size = owner->size();
}

TYPED_TEST(async_lock, a_const_mutex_gives_const_data) {
  this->numbers.lock()->push_back(1);
  std::size_t size = 0;
  const coroutine c = reads(std::as_const(this->numbers), this->executor, size);
  EXPECT_EQ(size, 1U);
}

// Of the ordinary unlock too.
TEST(async_lock_by_compare_and_swap, waits_and_goes_on) {
  mutex<int, parking_lock_cas> count(0);
  manual_executor executor;
  const auto adds = [&]() -> coroutine {
    auto owner = co_await count.lock_async(resume_on(executor));
    ++*owner;
  };
  auto owner = count.lock();
  const coroutine c = adds();
  owner.unlock();
  executor.run();
  EXPECT_EQ(count.copy(), 1);
}

}  // namespace
}  // namespace holdfast
