// SPDX-License-Identifier: BSL-1.0
// co_await condition::wait_async.
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"
#include "holdfast/owned_guard.hpp"
#include "holdfast/wait/tuning.hpp"

#include "support/coroutines.hpp"
#include "support/counting_clock.hpp"
#include "support/hooked_clock.hpp"
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
class async_condition : public ::testing::Test {
 protected:
  // Waits once and notes how that ended.
  template <class... Ends>
  coroutine waits(std::optional<wait_result>& how, Ends... ends) {
    auto owner = co_await data.lock_async(resume_on(executor));
    how = co_await changed.wait_async(owner, ends..., resume_on(executor));
    EXPECT_TRUE(owner.owns_lock());
    ++ended;
  }
  coroutine waits() {
    auto owner = co_await data.lock_async(resume_on(executor));
    co_await changed.wait_async(owner, resume_on(executor));
    EXPECT_TRUE(owner.owns_lock());
    ++ended;
  }

  // Waits until the number is at least `at_least`, and takes that away.
  template <class... Ends>
  coroutine takes(int at_least, std::optional<bool>& taken, Ends... ends) {
    auto owner = co_await data.lock_async(resume_on(executor));
    const auto ready = [&owner, at_least] { return *owner >= at_least; };
    if constexpr (sizeof...(Ends) == 0) {
      co_await changed.wait_async(owner, ready, resume_on(executor));
      taken = true;
    } else {
      taken = co_await changed.wait_async(owner, ready, ends..., resume_on(executor));
    }
    if (*taken) *owner -= at_least;
  }

  void add(int number) {
    data.with([number](int& all) { all += number; });
  }

  mutex<int, basic_parking_lock<Platform>> data{0};
  basic_condition<Platform> changed;
  int ended = 0;
  manual_executor executor;
};
TYPED_TEST_SUITE(async_condition, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(async_condition, gives_the_lock_away_and_has_it_again_after_the_signal) {
  const coroutine c = this->waits();
  EXPECT_EQ(waiting_at(this->changed), 1U);
  EXPECT_TRUE(this->data.try_lock()) << "not given away";
  EXPECT_EQ(this->changed.notify_one(), 1U);
  EXPECT_EQ(this->ended, 0) << "resumed within notify_one";
  this->executor.run();
  EXPECT_EQ(this->ended, 1);
  EXPECT_TRUE(this->data.try_lock());
}

TYPED_TEST(async_condition, waits_for_the_lock_too) {
  const coroutine c = this->waits();
  auto owner = this->data.lock();
  this->changed.notify_one();
  this->executor.run();
  EXPECT_EQ(this->ended, 0);
  EXPECT_EQ(queued_for(this->data), 1U);
  owner.unlock();
  this->executor.run();
  EXPECT_EQ(this->ended, 1);
}

TYPED_TEST(async_condition, one_signal_is_for_one) {
  const coroutine c = this->waits();
  const coroutine d = this->waits();
  this->changed.notify_one();
  this->executor.run();
  EXPECT_EQ(this->ended, 1);
  this->changed.notify_one();
  this->executor.run();
  EXPECT_EQ(this->ended, 2);
}

TYPED_TEST(async_condition, a_broadcast_moves_waiters_to_the_lock) {
  constexpr unsigned woken = detail::tuning::woken_by_broadcast - 1;  // as the lock is held
  constexpr unsigned moved = 5;
  std::vector<coroutine> all;
  for (unsigned i = 0; i < woken + moved; ++i) all.push_back(this->waits());
  {
    auto owner = this->data.lock();
    EXPECT_EQ(this->changed.notify_all(), woken + moved);
    EXPECT_EQ(queued_for(this->data), moved);
  }
  this->executor.run();
  EXPECT_EQ(this->ended, static_cast<int>(woken + moved));
  EXPECT_TRUE(this->data.try_lock());
}

TYPED_TEST(async_condition, a_moved_waiter_has_been_signalled_though_its_deadline_passes) {
  constexpr unsigned woken = detail::tuning::woken_by_broadcast;
  std::vector<coroutine> others;
  for (unsigned i = 0; i < woken; ++i) others.push_back(this->waits());
  std::optional<wait_result> how;
  std::stop_source stop;
  const coroutine c = this->waits(how, stop.get_token());
  auto owner = this->data.lock();
  this->changed.notify_all();
  EXPECT_EQ(queued_for(this->data), 2U);
  stop.request_stop();
  this->executor.run();
  owner.unlock();
  this->executor.run();
  EXPECT_EQ(how, wait_result::end::notified);
  EXPECT_EQ(this->ended, static_cast<int>(woken) + 1);
}

TYPED_TEST(async_condition, tells_how_the_wait_ended) {
  std::optional<wait_result> signalled;
  const coroutine a = this->waits(signalled, 1h);
  this->changed.notify_one();
  this->executor.run();
  EXPECT_EQ(signalled, wait_result::end::notified);

  std::optional<wait_result> late;
  const coroutine b = this->waits(late, 1ms);
  await([&] {
    this->executor.run();
    return late.has_value();
  });
  EXPECT_EQ(late, wait_result::end::deadline_passed);
  EXPECT_EQ(waiting_at(this->changed), 0U);

  std::optional<wait_result> already;
  const coroutine c = this->waits(already, deadline::already_past());
  EXPECT_EQ(already, wait_result::end::deadline_passed);

  std::optional<wait_result> own_clock;
  const coroutine d = this->waits(own_clock, test::counting_clock::now() + 3ms);
  await([&] {
    this->executor.run();
    return own_clock.has_value();
  });
  EXPECT_EQ(own_clock, wait_result::end::deadline_passed);

  std::stop_source stop;
  std::optional<wait_result> stopped;
  const coroutine e = this->waits(stopped, deadline::in(1h), stop.get_token());
  stop.request_stop();
  this->executor.run();
  EXPECT_EQ(stopped, wait_result::end::stopped);

  std::optional<wait_result> before;
  const coroutine f = this->waits(before, stop.get_token());
  EXPECT_EQ(before, wait_result::end::stopped);
  EXPECT_TRUE(this->data.try_lock());
}

// A stop that ends the wait does not end the way back to the lock.
TYPED_TEST(async_condition, a_stopped_waiter_waits_for_the_lock) {
  std::stop_source stop;
  std::optional<wait_result> how;
  const coroutine c = this->waits(how, stop.get_token());
  auto owner = this->data.lock();
  stop.request_stop();
  this->executor.run();
  EXPECT_EQ(this->ended, 0);
  owner.unlock();
  this->executor.run();
  EXPECT_EQ(how, wait_result::end::stopped);
}

TYPED_TEST(async_condition, waits_until_a_predicate_is_true) {
  std::optional<bool> taken;
  const coroutine c = this->takes(2, taken);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(taken.has_value());
    this->add(1);
    this->changed.notify_one();
    this->executor.run();
  }
  EXPECT_EQ(taken, true);
  EXPECT_EQ(this->data.copy(), 0);
  this->add(1);
  std::optional<bool> at_once;
  const coroutine d = this->takes(1, at_once);
  EXPECT_EQ(at_once, true);
}

TYPED_TEST(async_condition, a_predicate_is_asked_once_more_at_the_end) {
  std::stop_source stop;
  std::optional<bool> no;
  const coroutine a = this->takes(2, no, stop.get_token());
  std::optional<bool> yes;
  const coroutine b = this->takes(1, yes, deadline::in(1h), stop.get_token());
  std::optional<bool> late;
  const coroutine c = this->takes(9, late, 1ms);
  this->add(1);
  stop.request_stop();
  await([&] {
    this->executor.run();
    return no.has_value() && yes.has_value() && late.has_value();
  });
  EXPECT_EQ(no, false);
  EXPECT_EQ(yes, true);
  EXPECT_EQ(late, false);
  std::optional<bool> before;
  const coroutine d = this->takes(1, before, stop.get_token());
  EXPECT_EQ(before, false);
}

#if HOLDFAST_HAS_EXCEPTIONS

TYPED_TEST(async_condition, waking_into_a_poisoned_mutex_throws_with_the_lock_held) {
  bool once = false;
  bool until = false;
  const auto waits_once = [&]() -> coroutine {
    auto owner = co_await this->data.lock_async(resume_on(this->executor));
    try {
      co_await this->changed.wait_async(owner, resume_on(this->executor));
    } catch (const poisoned&) {
      once = owner.owns_lock();
    }
  };
  const auto waits_until = [&]() -> coroutine {
    auto owner = co_await this->data.lock_async(resume_on(this->executor));
    const auto never = [] { return false; };
    try {
      co_await this->changed.wait_async(owner, never, resume_on(this->executor));
    } catch (const poisoned&) {
      until = owner.owns_lock();
    }
  };
  const coroutine c = waits_once();
  const coroutine d = waits_until();
  try {
    const auto owner = this->data.lock();
    throw 1;
  } catch (int) {
  }
  this->changed.notify_all();
  this->executor.run();
  EXPECT_TRUE(once);
  EXPECT_TRUE(until);
  EXPECT_TRUE(this->data.try_lock(even_if_poisoned));
}

TYPED_TEST(async_condition, what_a_predicate_throws_reaches_the_coroutine_with_the_lock_held) {
  bool thrown = false;
  int asked = 0;
  const auto waits = [&]() -> coroutine {
    auto owner = co_await this->data.lock_async(resume_on(this->executor));
    const auto throws = [&asked] { return ++asked == 2 ? throw 1 : false; };
    try {
      co_await this->changed.wait_async(owner, throws, resume_on(this->executor));
    } catch (int) {
      thrown = owner.owns_lock();
    }
  };
  const coroutine c = waits();
  this->changed.notify_one();
  this->executor.run();
  EXPECT_TRUE(thrown);
}

TYPED_TEST(async_condition, a_guard_that_owns_nothing_is_refused) {
  bool refused = false;
  const auto waits = [&]() -> coroutine {
    auto owner = co_await this->data.lock_async(resume_on(this->executor));
    owner.unlock();
    try {
      co_await this->changed.wait_async(owner, resume_on(this->executor));
    } catch (const std::system_error&) {
      refused = true;
    }
  };
  const coroutine c = waits();
  EXPECT_TRUE(refused);
}

#endif

TYPED_TEST(async_condition, receives_a_signal_that_is_sent_while_it_looks_at_the_callers_clock) {
  const test::hooked_clock::hook signals([this](int looks) {
    if (looks == 4) {
      EXPECT_EQ(this->changed.notify_one(), 1U);
    }
  });
  std::optional<wait_result> how;
  const coroutine c = this->waits(how, test::hooked_clock::soon());
  await([&] {
    this->executor.run();
    return c.is_done();
  });
  EXPECT_EQ(how, wait_result::end::notified);
}

// A guard that a thread has locked may be given away by the coroutine that runs there.
TYPED_TEST(async_condition, takes_a_guard_of_a_blocking_lock_and_brings_it_to_another_thread) {
  const auto waits = [this]() -> coroutine {
    auto owner = this->data.lock();
    co_await this->changed.wait_async(owner, resume_on(this->executor));
    *owner = 7;
  };
  const coroutine c = waits();
  this->changed.notify_one();
  std::thread([this] { this->executor.run(); }).join();
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(this->data.copy(), 7);
}

TYPED_TEST(async_condition, a_part_of_the_data_waits_as_the_whole) {
  const auto waits = [this]() -> coroutine {
    auto part = project(co_await this->data.lock_async(resume_on(this->executor)),
                        [](int& all) -> int& { return all; });
    co_await this->changed.wait_async(part, resume_on(this->executor));
    *part = 8;
  };
  const coroutine c = waits();
  this->changed.notify_one();
  this->executor.run();
  EXPECT_EQ(this->data.copy(), 8);
}

TYPED_TEST(async_condition, guards_that_only_read_and_guards_that_own_their_mutex_wait_too) {
  const auto shared = std::make_shared<mutex<int, basic_parking_lock<TypeParam>>>(7);
  const auto waits = [&]() -> coroutine {
    {
      auto owner = std::as_const(*shared).lock();
      co_await this->changed.wait_async(owner, resume_on(this->executor));
      EXPECT_EQ(*owner, 7);
    }
    auto owner = lock_owned(shared);
    co_await this->changed.wait_async(
        owner, [&owner] { return *owner == 8; }, resume_on(this->executor));
    EXPECT_TRUE(owner.owns_lock());
    ++*owner;
  };
  const coroutine c = waits();
  this->changed.notify_one();
  this->executor.run();
  shared->set(8);
  this->changed.notify_one();
  this->executor.run();
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(shared->copy(), 9);
}

}  // namespace
}  // namespace holdfast
