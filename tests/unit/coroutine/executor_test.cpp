// SPDX-License-Identifier: BSL-1.0
// Where a coroutine goes on, and that no stack grows by it.
#include "holdfast/coroutine/executor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/coroutines.hpp"
#include "support/scale.hpp"

namespace holdfast {
namespace {

using test::coroutine;
using test::manual_executor;

using resumption = detail::resumption<platform::native::unchecked>;
static_assert(sizeof(resumption) <= 16);
static_assert(std::is_nothrow_copy_constructible_v<resumption>);
static_assert(executor_like<manual_executor>);
static_assert(executor_like<test::thread_pool>);
static_assert(!executor_like<int>);

// Cheap to copy, as executors are; counts the copies that are alive.
struct by_value {
  manual_executor* to;
  static inline int alive = 0;

  explicit by_value(manual_executor& of) noexcept : to(&of) { ++alive; }
  by_value(const by_value& other) noexcept : to(other.to) { ++alive; }
  by_value& operator=(const by_value&) = delete;
  ~by_value() { --alive; }

  template <class Function>
  void execute(const Function& f) const {
    to->execute(f);
  }
};

TEST(executor, is_kept_by_value_if_it_was_an_rvalue) {
  mutex<int> m(0);
  manual_executor ex;
  const auto locks = [&]() -> coroutine {
    auto owner = co_await m.lock_async(resume_on(by_value(ex)));
    ++*owner;
  };
  {
    auto owner = m.lock();
    const coroutine c = locks();
    EXPECT_GE(by_value::alive, 1);
    owner.unlock();
    ex.run();
    EXPECT_TRUE(c.is_done());
  }
  EXPECT_EQ(by_value::alive, 0);
  EXPECT_EQ(m.copy(), 1);
}

// A promise may give its executor by reference or by value.
template <class Executor>
struct promised {
  struct promise_type {
    template <class... Rest>
    explicit promise_type(mutex<int>&, manual_executor& ex, Rest&...) noexcept : executor_(ex) {}
    promised get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    Executor executor() const noexcept { return Executor(executor_); }

   private:
    manual_executor& executor_;
  };
};

template <class Executor>
promised<Executor> adds(mutex<int>& m, manual_executor&) {
  auto owner = co_await m.lock_async();
  ++*owner;
}

TEST(executor, is_the_promises_if_none_is_given) {
  mutex<int> m(0);
  manual_executor ex;
  auto owner = m.lock();
  adds<manual_executor&>(m, ex);
  adds<by_value>(m, ex);
  owner.unlock();
  ex.run();
  EXPECT_EQ(m.copy(), 2);
}

promised<manual_executor&> adds_elsewhere(mutex<int>& m, manual_executor&, manual_executor& other) {
  auto owner = co_await m.lock_async(resume_on(other));
  ++*owner;
}

TEST(executor, that_is_given_goes_before_the_promises) {
  mutex<int> m(0);
  manual_executor promised_one;
  manual_executor given;
  auto owner = m.lock();
  adds_elsewhere(m, promised_one, given);
  owner.unlock();
  EXPECT_EQ(promised_one.size(), 0U);
  EXPECT_EQ(given.size(), 1U);
  given.run();
  EXPECT_EQ(m.copy(), 1);
}

// Where the stack is, as each of two that take turns sees it.
struct stack_range {
  std::uintptr_t low = std::numeric_limits<std::uintptr_t>::max();
  std::uintptr_t high = 0;
  void note() noexcept {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    low = std::min(low, here);
    high = std::max(high, here);
  }
  std::uintptr_t size() const noexcept { return high - low; }
};

std::size_t hand_overs() { return test::scaled(1'000'000); }
constexpr std::uintptr_t flat = 16'384;

TEST(executor, a_million_hand_overs_leave_the_stack_flat) {
  const std::size_t rounds = hand_overs();
  semaphore mine(1);
  semaphore yours(0);
  manual_executor ex;
  stack_range stack;
  const auto plays = [&](semaphore& from, semaphore& to) -> coroutine {
    for (std::size_t i = 0; i < rounds / 2; ++i) {
      co_await from.acquire_async(resume_on(ex));
      stack.note();
      to.release();
    }
  };
  const coroutine a = plays(yours, mine);
  const coroutine b = plays(mine, yours);
  ex.run();
  EXPECT_TRUE(a.is_done() && b.is_done());
  EXPECT_LT(stack.size(), flat);
}

TEST(executor, a_lock_that_goes_to_and_fro_leaves_the_stack_flat) {
  const std::size_t rounds = hand_overs();
  mutex<std::size_t> count(0U);
  manual_executor ex;
  stack_range stack;
  const auto counts = [&]() -> coroutine {
    for (std::size_t i = 0; i < rounds / 4; ++i) {
      auto owner = co_await count.lock_async(resume_on(ex));
      stack.note();
      ++*owner;
      co_await ex.next();  // the other one comes to wait
    }
  };
  const coroutine a = counts();
  const coroutine b = counts();
  ex.run();
  EXPECT_EQ(count.copy(), rounds / 4 * 2);
  EXPECT_LT(stack.size(), flat);
}

// Nothing to wait for is no reason to grow either.
// It would be over at once, with what it has given before.
TEST(executor, what_has_been_awaited_is_not_awaited_again) {
  const auto misuse = [] {
    bounded_queue<int> queue(2);
    manual_executor ex;
    queue.push(1);
    queue.push(2);
    const auto pops = [&]() -> coroutine {
      auto first = queue.pop_async(resume_on(ex));
      for (int i = 0; i < 2; ++i) static_cast<void>(co_await first);
    };
    const coroutine c = pops();
  };
  testing::GTEST_FLAG(death_test_style) = test::death_test_style();
  EXPECT_DEATH(misuse(), "awaited twice.*Call again for each co_await");
}

TEST(executor, a_million_waits_that_are_over_at_once_leave_the_stack_flat) {
  const std::size_t rounds = hand_overs();
  mutex<int> m(0);
  manual_executor ex;
  stack_range stack;
  const auto tries = [&]() -> coroutine {
    for (std::size_t i = 0; i < rounds; ++i) {
      stack.note();
      const auto none = co_await m.lock_async(deadline::already_past(), resume_on(ex));
      EXPECT_FALSE(none);
    }
  };
  const auto owner = m.lock();
  const coroutine c = tries();
  EXPECT_TRUE(c.is_done());
  EXPECT_LT(stack.size(), flat);
}

}  // namespace
}  // namespace holdfast
