// SPDX-License-Identifier: BSL-1.0
// Conditional critical sections that end by deadline, stop, poison or exception.
#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/mutex.hpp"

#include "support/clearing.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::deadline;
using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::test::await;
using holdfast::test::await_queue;
using holdfast::test::counting_clock;
using holdfast::test::is_free;
using holdfast::test::leaving;
using holdfast::test::outlast_barging;
using holdfast::test::queued_for;
using holdfast::test::run_threads;

template <class Platform>
class lock_when_end : public testing::Test {
 public:
  template <class T>
  using mutex = holdfast::mutex<T, holdfast::basic_parking_lock<Platform>>;
};
TYPED_TEST_SUITE(lock_when_end, holdfast::test::waiting_platforms,
                 holdfast::test::names_of_waiting_platforms);

const auto no = [](int) { return false; };
const auto is_one = [](int number) { return number == 1; };

TYPED_TEST(lock_when_end, gives_up_when_its_deadline_passes) {
  typename TestFixture::template mutex<int> m(0);
  EXPECT_FALSE(m.lock_when(is_one, 0s));
  EXPECT_FALSE(m.lock_when(is_one, 1ms));
  EXPECT_FALSE(m.lock_when(is_one, -1h));
  EXPECT_FALSE(m.lock_when(is_one, deadline::already_past()));
  const auto expect_to_last = [&](auto until) {
    EXPECT_FALSE(m.lock_when(is_one, until));
    EXPECT_GE(decltype(until)::clock::now(), until);
    auto owner = m.lock();
    EXPECT_FALSE(owner.wait_until_true(is_one, until + 1ms));
    EXPECT_GE(decltype(until)::clock::now(), until + 1ms);
    EXPECT_TRUE(owner);
    EXPECT_FALSE(m.try_lock());
  };
  expect_to_last(std::chrono::steady_clock::now() + 2ms);
  expect_to_last(std::chrono::system_clock::now() + 2ms);
  expect_to_last(counting_clock::now() + 5ms);
  EXPECT_EQ(queued_for(m), 0U);
  EXPECT_TRUE(m.try_lock());
}

TYPED_TEST(lock_when_end, gives_up_while_the_lock_is_held_and_does_not_ask) {
  typename TestFixture::template mutex<int> m(1);
  bool asked = false;
  const auto ready = [&](int) { return asked = true; };
  const auto owner = m.lock();
  std::thread([&] {
    EXPECT_FALSE(m.lock_when(ready, 1ms));
    std::stop_source source;
    source.request_stop();
    EXPECT_FALSE(m.lock_when(ready, source.get_token()));
  }).join();
  EXPECT_FALSE(asked);
}

TYPED_TEST(lock_when_end, with_a_huge_deadline_waits_as_long_as_it_takes) {
  typename TestFixture::template mutex<int> m(0);
  const auto expect_to_wait = [&](auto end) {
    std::thread waiter([&] { EXPECT_TRUE(m.lock_when(is_one, end)); });
    await_queue(m, 1);
    m.set(1);
    waiter.join();
    m.set(0);
  };
  expect_to_wait(std::chrono::nanoseconds::max());
  expect_to_wait(std::chrono::hours::max());
  expect_to_wait(deadline::never());
  expect_to_wait(std::chrono::steady_clock::time_point::max());
  expect_to_wait(std::chrono::system_clock::time_point::max());
}

TYPED_TEST(lock_when_end, gives_up_when_a_stop_is_requested) {
  typename TestFixture::template mutex<int> m(0);
  for (const bool as_owner : {false, true}) {
    std::stop_source source;
    std::thread waiter([&] {
      if (as_owner) {
        auto owner = m.lock();
        EXPECT_FALSE(owner.wait_until_true(is_one, source.get_token()));
        EXPECT_TRUE(owner);
        EXPECT_FALSE(m.try_lock());
      } else {
        EXPECT_FALSE(m.lock_when(is_one, deadline::in(1h), source.get_token()));
      }
    });
    await_queue(m, 1);
    source.request_stop();
    waiter.join();
    EXPECT_EQ(queued_for(m), 0U);
  }
  EXPECT_TRUE(m.try_lock());
}

TYPED_TEST(lock_when_end, with_a_stop_that_was_requested_before_does_not_wait) {
  typename TestFixture::template mutex<int> m(1);
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(m.lock_when(is_one, source.get_token())) << "as lock() with a stop";
  auto owner = m.lock();
  EXPECT_TRUE(owner.wait_until_true(is_one, source.get_token())) << "there is nothing to wait for";
  EXPECT_FALSE(owner.wait_until_true(no, source.get_token()));
  EXPECT_TRUE(owner);
}

// The end comes while an owner on its way out is asking: the waiter must not leave before that, and
// what was found is what counts.
TYPED_TEST(lock_when_end, that_ends_while_it_is_asked_about_stays_until_the_answer) {
  typename TestFixture::template mutex<int> m(0);
  for (const bool by_stop : {true, false})
    for (const bool answer : {true, false}) {
      std::stop_source source;
      const deadline until = by_stop ? deadline::never() : deadline::in(20ms);
      std::atomic<bool> asked_by_releaser{false};
      std::atomic<bool> left{false};
      std::thread::id waiter_id;
      const auto ready = [&](int number) {
        if (number == 0 || std::this_thread::get_id() == waiter_id) return number == 2;
        asked_by_releaser = true;
        source.request_stop();
        if (!by_stop) await([&] { return until.has_passed(); });
        for (int i = 0; i < 200; ++i) std::this_thread::yield();
        EXPECT_FALSE(left);
        return number == 2;
      };
      std::thread waiter([&] {
        waiter_id = std::this_thread::get_id();
        const auto owner = m.lock_when(ready, until, source.get_token());
        left = true;
        // On a machine that is too slow its deadline has passed before anybody could answer.
        if (owner || asked_by_releaser) {
          EXPECT_EQ(static_cast<bool>(owner), answer);
        }
      });
      await([&] { return queued_for(m) == 1 || left; });
      m.set(answer ? 2 : 1);
      if (!by_stop && !asked_by_releaser) source.request_stop();  // too slow a machine
      waiter.join();
      EXPECT_TRUE(m.try_lock());
      m.set(0);
    }
}

// A waiter that was woken and finds its deadline passed has to leave the wake-up to the next.
TYPED_TEST(lock_when_end, whose_deadline_passes_as_it_is_woken_loses_nothing) {
  typename TestFixture::template mutex<int> tokens(0);
  const std::size_t rounds = holdfast::test::scaled(3'000);
  std::atomic<std::size_t> taken{0};
  const auto some = [](int n) { return n > 0; };
  run_threads(4, [&](unsigned number) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (number == 0) {
        ++*tokens.lock().operator->();
      } else if (number == 1) {  // takes what the others leave
        --*tokens.lock_when(some).operator->();
        taken.fetch_add(1);
      } else if (auto owner = tokens.lock_when(some, std::chrono::microseconds(i % 40))) {
        --*owner;
        ++*owner;
      }
    }
  });
  EXPECT_EQ(taken.load(), rounds);
  EXPECT_EQ(tokens.copy(), 0);
}

// exceptions

TYPED_TEST(lock_when_end, by_what_its_predicate_throws_leaves_the_mutex_unlocked_and_sound) {
  typename TestFixture::template mutex<int> m(0);
  const auto throws = [](int) -> bool { throw leaving{}; };
  EXPECT_THROW((void)m.lock_when(throws), leaving);
  EXPECT_THROW((void)m.lock_when(throws, 1h), leaving);
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
  auto owner = m.lock();
  EXPECT_THROW((void)owner.wait_until_true(throws), leaving);
  EXPECT_TRUE(owner);
  EXPECT_FALSE(m.try_lock()) << "an owner stays one";
}

// Whether the lock is handed over or not.
TYPED_TEST(lock_when_end,
           by_what_its_predicate_throws_in_a_releaser_is_an_exception_of_the_waiter) {
  typename TestFixture::template mutex<int> m(0);
  const auto ready = [](int number) {
    if (number == 1) throw leaving{};
    return false;
  };
  for (const bool held_long : {false, true, true})
    for (const bool as_owner : {false, true}) {
      std::thread waiter([&] {
        if (as_owner) {
          auto owner = m.lock();
          EXPECT_THROW((void)owner.wait_until_true(ready), leaving);
          EXPECT_TRUE(owner);
          EXPECT_FALSE(m.try_lock());
        } else {
          EXPECT_THROW((void)m.lock_when(ready), leaving);
        }
      });
      await_queue(m, 1);
      auto owner = m.lock();
      *owner = 1;
      if (held_long) outlast_barging();
      EXPECT_NO_THROW(owner.unlock());
      waiter.join();
      EXPECT_FALSE(m.is_poisoned());
      EXPECT_TRUE(is_free(m));
      EXPECT_EQ(queued_for(m), 0U);
      m.set(0);
    }
}

// The releaser is on its way out by an exception itself.
TYPED_TEST(lock_when_end, by_an_exception_does_not_mix_with_that_of_a_releaser) {
  holdfast::mutex<int, holdfast::basic_parking_lock<TypeParam>, holdfast::no_poisoning> m(0);
  std::thread waiter([&] {
    EXPECT_THROW((void)m.lock_when([](int number) -> bool {
      if (number != 0) throw 7;
      return false;
    }),
                 int);
  });
  await_queue(m, 1);
  EXPECT_THROW(
      {
        const auto owner = m.lock();
        *owner = 1;
        throw leaving{};
      },
      leaving);
  waiter.join();
  EXPECT_TRUE(m.try_lock());
}

// poison

TYPED_TEST(lock_when_end, in_a_mutex_that_is_poisoned_reports_it_and_does_not_ask) {
  typename TestFixture::template mutex<int> m(0);
  holdfast::test::leave_by_exception(m);
  bool asked = false;
  const auto ready = [&](int) { return asked = true; };
  EXPECT_THROW((void)m.lock_when(ready), poisoned);
  EXPECT_THROW((void)m.lock_when(ready, 0s), poisoned);
  EXPECT_THROW((void)m.lock_when(ready, std::stop_source().get_token()), poisoned);
  EXPECT_FALSE(asked);
  EXPECT_TRUE(is_free(m));
  auto owner = m.lock(even_if_poisoned);
  EXPECT_TRUE(owner.wait_until_true(ready)) << "it knew";
  EXPECT_TRUE(asked);
  EXPECT_FALSE(owner.wait_until_true(no, 1ms));
}

TYPED_TEST(lock_when_end, reports_poison_that_came_meanwhile) {
  for (const bool held_long : {false, true, true})
    for (const bool as_owner : {false, true}) {
      typename TestFixture::template mutex<int> m(0);
      std::thread waiter([&] {
        if (as_owner) {
          auto owner = m.lock();
          EXPECT_THROW((void)owner.wait_until_true(no), poisoned);
          EXPECT_TRUE(owner.was_poisoned());
          EXPECT_TRUE(owner);
          EXPECT_FALSE(m.try_lock(even_if_poisoned));
        } else {
          EXPECT_THROW((void)m.lock_when(no), poisoned);
        }
      });
      await_queue(m, 1);
      try {
        const auto owner = m.lock();
        if (held_long) outlast_barging();
        throw leaving{};
      } catch (const leaving&) {
      }
      waiter.join();
      EXPECT_TRUE(is_free(m));
      EXPECT_TRUE(m.is_poisoned());
    }
}

// Whoever is let in because of poison is told so, and not given data for which nobody waited.
TYPED_TEST(lock_when_end, reports_poison_that_is_cleared_after_the_look) {
  using cleared = holdfast::test::cleared_after_a_look;
  holdfast::mutex<int, holdfast::basic_parking_lock<TypeParam>, cleared> m(0);
  cleared::is_poisoned = true;
  EXPECT_THROW((void)m.lock_when(no), poisoned);
  EXPECT_FALSE(m.lock_when(no, 1ms)) << "cleared";
  auto owner = m.lock();
  cleared::is_poisoned = true;
  EXPECT_THROW((void)owner.wait_until_true(no), poisoned);
  EXPECT_TRUE(owner.was_poisoned());
  EXPECT_TRUE(owner);
}

}  // namespace
