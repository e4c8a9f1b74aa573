// SPDX-License-Identifier: BSL-1.0
// Conditional critical sections: whoever releases the lock looks for those whose time has come.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/owned_guard.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/thread_locals.hpp"
#include "support/unanalysed.hpp"
#include "support/waiting.hpp"

namespace in_lock_when_test {
namespace {

using namespace std::chrono_literals;
using holdfast::condition;
using holdfast::deadline;
using holdfast::test::await;
using holdfast::test::await_queue;
using holdfast::test::counting_clock;
using holdfast::test::queued_for;
using holdfast::test::run_threads;

// A release that changes nothing.
template <class Mutex>
void lock_and_unlock(Mutex& m) {
  const auto owner = m.lock();
}

template <class Platform>
class lock_when : public testing::Test {
 public:
  template <class T>
  using mutex = holdfast::mutex<T, holdfast::basic_parking_lock<Platform>>;
};
TYPED_TEST_SUITE(lock_when, holdfast::test::waiting_platforms,
                 holdfast::test::names_of_waiting_platforms);

const auto yes = [](const auto&) { return true; };
const auto no = [](const auto&) { return false; };
const auto is_one = [](int number) { return number == 1; };

TYPED_TEST(lock_when, does_not_wait_for_what_is_true) {
  typename TestFixture::template mutex<int> m(1);
  EXPECT_EQ(*m.lock_when(is_one).operator->(), 1);
  EXPECT_TRUE(m.lock_when(is_one, 0s)) << "that is no passed deadline";
  EXPECT_TRUE(m.lock_when(is_one, -1h));
  EXPECT_TRUE(m.lock_when(is_one, deadline::already_past()));
  EXPECT_TRUE(m.lock_when(is_one, std::chrono::steady_clock::time_point::min()));
  EXPECT_TRUE(m.lock_when(is_one, std::stop_source().get_token()));
  EXPECT_TRUE(m.lock_when(is_one, deadline::never(), std::stop_source().get_token()));
  auto owner = m.lock_when(is_one);
  EXPECT_FALSE(m.try_lock()) << "the lock is held";
  EXPECT_TRUE(owner.wait_until_true(is_one));
  EXPECT_TRUE(owner.wait_until_true(is_one, 0s));
}

TYPED_TEST(lock_when, waits_until_an_owner_has_made_it_true) {
  typename TestFixture::template mutex<int> m(0);
  std::thread waiter([&] {
    auto owner = m.lock_when(is_one);
    EXPECT_EQ(*owner, 1);
    *owner = 2;
    EXPECT_TRUE(owner.wait_until_true(is_one));
    *owner = 3;
  });
  await_queue(m, 1);
  m.set(1);
  await([&] { return m.copy() == 2; });
  await_queue(m, 1);
  m.set(1);
  waiter.join();
  EXPECT_EQ(m.copy(), 3);
}

// Once by the waiter itself, then once by each release, and once more by the waiter.
TYPED_TEST(lock_when, asks_when_an_owner_has_released_and_at_no_other_time) {
  typename TestFixture::template mutex<int> m(0);
  std::atomic<int> asked{0};
  const auto ready = [&](int number) {
    ++asked;
    return number == 1;
  };
  std::thread waiter([&] { EXPECT_TRUE(m.lock_when(ready)); });
  await_queue(m, 1);
  auto after_its_own_release = m.lock();
  EXPECT_EQ(asked, 1);
  after_its_own_release.unlock();
  EXPECT_EQ(asked, 2);
  asked = 0;
  for (int i = 1; i <= 10; ++i) {
    auto owner = m.lock();
    EXPECT_EQ(asked, i - 1);
    EXPECT_FALSE(m.try_lock());
    EXPECT_EQ(asked, i - 1);
    owner.unlock();
    EXPECT_EQ(asked, i);
  }
  m.set(1);
  waiter.join();
  EXPECT_EQ(asked, 12);
}

// What releases in other ways makes it look too: a failed lock_when, the wait of another, a
// condition's wait, unlocked().
TYPED_TEST(lock_when, hears_of_every_way_to_release) {
  typename TestFixture::template mutex<int> m(0);
  holdfast::basic_condition<TypeParam> c;
  int expected = 0;
  const auto expect_to_be_woken = [&](auto change_and_release) {
    ++expected;
    std::thread waiter([&] { EXPECT_TRUE(m.lock_when([&](int n) { return n == expected; })); });
    await_queue(m, 1);
    change_and_release();
    waiter.join();
  };
  expect_to_be_woken([&] { ++*m.lock().operator->(); });
  expect_to_be_woken([&] {
    await([&] {
      const auto owner = m.try_lock();
      if (owner) ++*owner;
      return static_cast<bool>(owner);
    });
  });
  expect_to_be_woken([&] { m.with([](int& n) { ++n; }); });
  expect_to_be_woken([&] {
    auto owner = m.lock();
    ++*owner;
    EXPECT_FALSE(owner.wait_until_true(no, 1ms));
  });
  expect_to_be_woken([&] {
    auto owner = m.lock();
    ++*owner;
    EXPECT_TRUE(c.wait_for(owner, 0s).deadline_passed());
  });
  expect_to_be_woken([&] {
    auto owner = m.lock();
    owner.unlocked([] {});
    ++*owner;
    owner.unlocked([&] { await([&] { return queued_for(m) == 0; }); });
  });
  expect_to_be_woken([&] { ++*m.lock_when(yes).operator->(); });
}

TYPED_TEST(lock_when, lets_only_those_go_on_whose_condition_is_true) {
  typename TestFixture::template mutex<std::size_t> m(0U);
  constexpr std::size_t count = 10;
  std::array<std::atomic<bool>, count + 1> served{};
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i <= count; ++i)
    threads.emplace_back([&, i] {
      EXPECT_TRUE(m.lock_when([i](std::size_t n) { return n == i; }));
      served[i] = true;
    });
  await_queue(m, count);
  std::ptrdiff_t expected = 0;
  for (const std::size_t i : {7U, 1U, 10U, 3U, 2U, 9U, 8U, 4U, 6U, 5U}) {
    EXPECT_FALSE(served[i]);
    m.set(i);
    await(served[i]);
    EXPECT_EQ(std::count(served.begin(), served.end(), true), ++expected);
    m.set(std::size_t{0});
  }
  for (auto& each : threads) each.join();
}

// While nobody else releases, which would wake another of them.
TYPED_TEST(lock_when, serves_those_who_wait_for_the_same_in_order) {
  typename TestFixture::template mutex<int> m(0);
  std::vector<int> order;
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto owner = m.lock_when(is_one);
      *owner = 0;
      order.push_back(i);
      owner.unlock();
      ++served;
    });
    await_queue(m, static_cast<std::size_t>(i) + 1);
  }
  for (int i = 1; i <= 8; ++i) {
    m.set(1);
    await([&] { return served == i; });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TYPED_TEST(lock_when, hands_a_turn_round_and_nobody_is_forgotten) {
  typename TestFixture::template mutex<std::size_t> turn(0U);
  constexpr unsigned count = 8;
  const std::size_t rounds = holdfast::test::scaled(500);
  run_threads(count, [&](unsigned number) {
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = turn.lock_when([=](std::size_t n) { return n % count == number; });
      ++*owner;
    }
  });
  EXPECT_EQ(turn.copy(), count * rounds);
}

// Predicate waiters that nobody satisfies stand before lockers and waiters of a condition.
TYPED_TEST(lock_when, shares_the_queue_with_lockers_and_with_waiters_that_were_moved_there) {
  typename TestFixture::template mutex<int> m(0);
  holdfast::basic_condition<TypeParam> c;
  std::vector<std::thread> threads;
  std::atomic<int> through{0};
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(m.lock_when([](int n) { return n == 100; })); });
  await_queue(m, 2);
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      auto owner = m.lock();
      c.wait(owner);
      ++through;
    });
  await([&] { return holdfast::test::waiting_at(c) == 3; });
  auto owner = m.lock();
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      lock_and_unlock(m);
      ++through;
    });
  await_queue(m, 5);
  EXPECT_EQ(c.notify_all(), 3U);
  await_queue(m, 8);
  owner.unlock();
  await([&] { return through == 6; });
  await_queue(m, 2);
  m.set(100);
  for (auto& each : threads) each.join();
}

// raw locks, other owners, ends of life

TYPED_TEST(lock_when, of_a_lock_without_data_works_alike) {
  holdfast::basic_parking_lock<TypeParam> lock;
  int number = 0;
  run_threads(2, [&](unsigned index) {
    const int mine = static_cast<int>(index);
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(lock.lock_when([&] { return number % 2 == mine; }));
      ++number;
      EXPECT_TRUE(lock.wait_until_true([&] { return number % 2 == mine || number >= 199; }, 1h));
      EXPECT_FALSE(lock.try_lock());
      lock.unlock();
    }
  });
  EXPECT_EQ(number, 200);
  EXPECT_FALSE(lock.lock_when([] { return false; }, 1ms));
  EXPECT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.wait_until_true([] { return false; }, 1ms));
  lock.unlock();
}

TEST(wait_until_true, works_with_owned_guards_and_guards_of_parts) {
  const auto m = std::make_shared<holdfast::mutex<std::pair<int, int>>>(0, 0);
  std::thread waiter([&] {
    auto owner = holdfast::lock_owned(m);
    EXPECT_TRUE(owner.wait_until_true([](const auto& pair) { return pair.first == 1; }));
    auto second = project(std::move(owner), &std::pair<int, int>::second);
    EXPECT_TRUE(second.wait_until_true(is_one));
  });
  await_queue(*m, 1);
  m->lock()->first = 1;
  await_queue(*m, 1);
  m->lock()->second = 1;
  waiter.join();
}

TEST(wait_until_true, of_an_empty_guard_is_refused) {
  holdfast::mutex<int> m(1);
  auto owner = m.lock();
  owner.unlock();
  try {
    owner.wait_until_true(is_one);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::operation_not_permitted);
  }
  EXPECT_TRUE(m.try_lock());
}

// The one that is let in frees the mutex at once.
TYPED_TEST(lock_when, may_be_the_end_of_the_mutex) {
  using shared = typename TestFixture::template mutex<int>;
  const std::size_t rounds = holdfast::test::scaled(3'000);
  std::atomic<shared*> offered{nullptr};
  run_threads(2, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (index == 0) {
        auto m = std::make_unique<shared>(0);
        offered.store(m.get());
        if (i % 2 == 0) {
          m->lock_when(is_one).unlock();
        } else {
          auto owner = m->lock();
          owner.wait_until_true(is_one);
        }
        m.reset();
      } else {
        await([&] { return offered.load() != nullptr; });
        offered.exchange(nullptr)->set(1);
      }
    }
  });
}

holdfast::mutex<int> of_destructors(0);
struct takes_turns_at_thread_exit {
  int turn;
  ~takes_turns_at_thread_exit() {
    auto owner = of_destructors.lock_when([this](int n) { return n >= turn; });
    ++*owner;
    EXPECT_TRUE(owner.wait_until_true([](int n) { return n == 4; }));
  }
};

TEST(lock_when_in_thread_local_destructors, works) {
  HOLDFAST_TEST_NEEDS_THREAD_LOCALS_TO_THE_END();
  of_destructors.set(0);
  run_threads(4, [](unsigned number) {
    static thread_local takes_turns_at_thread_exit at_exit{static_cast<int>(number)};
    EXPECT_EQ(at_exit.turn, static_cast<int>(number));
  });
  EXPECT_EQ(of_destructors.copy(), 4);
}

}  // namespace
}  // namespace in_lock_when_test
