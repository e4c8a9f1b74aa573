// SPDX-License-Identifier: BSL-1.0
// A condition waits with whatever holds a lock: guards of any mutex, the standard's holders, locks.
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/owned_guard.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::condition;
using holdfast::mutex;
using holdfast::test::await_waiting;
using holdfast::test::run_threads;
using holdfast::test::waiting_at;

// Each: a number, and a way to hold its lock.

template <class Lock>
struct by_guard {
  mutex<int, Lock> m{0};
  int& number() { return m.get_mut(); }
  template <class F>
  void hold(F f) {
    auto owner = m.lock();
    f(owner);
  }
};

struct by_guard_of_a_part : by_guard<holdfast::parking_lock> {
  template <class F>
  void hold(F f) {
    auto part = holdfast::project(m.lock(), [](int& all) -> int& { return all; });
    f(part);
  }
};

struct by_guard_of_a_const_mutex : by_guard<holdfast::parking_lock> {
  template <class F>
  void hold(F f) {
    auto owner = std::as_const(m).lock();
    f(owner);
  }
};

struct by_owned_guard {
  std::shared_ptr<mutex<int>> m = std::make_shared<mutex<int>>(0);
  int& number() { return m->get_mut(); }
  template <class F>
  void hold(F f) {
    auto owner = holdfast::lock_owned(m);
    f(owner);
  }
};

template <class Lock, class Holder>
struct by_holder {
  Lock lock;
  int value = 0;
  int& number() { return value; }
  template <class F>
  void hold(F f) {
    Holder owner(lock);
    f(owner);
  }
};

template <class Lock>
struct by_itself {
  Lock lock;
  int value = 0;
  int& number() { return value; }
  template <class F>
  void hold(F f) {
    lock.lock();
    f(lock);
    lock.unlock();
  }
};

template <class Way>
class condition_with : public testing::Test {};

using ways =
    testing::Types<by_guard<holdfast::parking_lock>, by_guard<holdfast::spin_lock>,
                   by_guard<holdfast::mcs_lock>, by_guard<holdfast::native_lock>,
                   by_guard<std::mutex>, by_guard_of_a_part, by_guard_of_a_const_mutex,
                   by_owned_guard,
                   by_holder<holdfast::parking_lock, std::unique_lock<holdfast::parking_lock>>,
                   by_holder<holdfast::spin_lock, std::unique_lock<holdfast::spin_lock>>,
                   by_holder<std::mutex, std::unique_lock<std::mutex>>,
                   by_holder<std::recursive_mutex, std::unique_lock<std::recursive_mutex>>,
                   by_holder<std::shared_mutex, std::unique_lock<std::shared_mutex>>,
                   by_itself<holdfast::parking_lock>, by_itself<holdfast::parking_lock_cas>,
                   by_itself<holdfast::spin_lock>, by_itself<std::mutex>>;
TYPED_TEST_SUITE(condition_with, ways);

TYPED_TEST(condition_with, any_owner_hands_a_number_to_and_fro) {
  TypeParam shared;
  condition changed;
  const int rounds = static_cast<int>(holdfast::test::scaled(300));
  run_threads(2, [&](unsigned number) {
    for (int i = 0; i < rounds; ++i)
      shared.hold([&](auto& owner) {
        changed.wait(owner, [&] { return shared.number() % 2 == static_cast<int>(number); });
        ++shared.number();
        changed.notify_one();
      });
  });
  EXPECT_EQ(shared.number(), 2 * rounds);
}

TYPED_TEST(condition_with, any_owner_is_woken_with_others_and_holds_its_lock_again) {
  TypeParam shared;
  condition changed;
  for (const bool held : {false, true}) {
    std::array<std::thread, 8> waiters;
    for (auto& each : waiters)
      each = std::thread([&] {
        shared.hold([&](auto& owner) {
          EXPECT_TRUE(changed.wait_for(owner, 1h).notified());
          ++shared.number();  // a race, if the lock is not held
          EXPECT_TRUE(changed.wait_for(owner, 0s).deadline_passed());
          ++shared.number();
        });
      });
    await_waiting(changed, 8);
    if (held)
      shared.hold([&](auto&) { EXPECT_EQ(changed.notify_all(), 8U); });
    else
      EXPECT_EQ(changed.notify_all(), 8U);
    for (auto& each : waiters) each.join();
    EXPECT_EQ(waiting_at(changed), 0U);
  }
  EXPECT_EQ(shared.number(), 32);
}

TEST(condition_with_readers, of_a_shared_mutex_wakes_them_all) {
  std::shared_mutex m;
  condition changed;
  bool ready = false;
  run_threads(4, [&](unsigned number) {
    if (number != 0) {
      std::shared_lock owner(m);
      changed.wait(owner, [&] { return ready; });
      EXPECT_TRUE(owner.owns_lock());
      return;
    }
    await_waiting(changed, 3);
    const std::unique_lock owner(m);
    ready = true;
    EXPECT_EQ(changed.notify_all(), 3U);
  });
}

// Guards are moved to the lock's queue, owned guards are not: both hear of the same signal.
TEST(condition_with_owners_of_several_kinds, of_one_mutex_wakes_them_all) {
  const auto m = std::make_shared<mutex<int>>(0);
  condition changed;
  const auto go_on = [&](auto owner) {
    changed.wait(owner);
    ++*owner;
  };
  for (int round = 0; round < 4; ++round) {
    std::array<std::thread, 6> waiters;
    for (std::size_t i = 0; i < waiters.size(); ++i) {
      waiters[i] = std::thread([&, owned = (i + static_cast<std::size_t>(round)) % 2 == 0] {
        owned ? go_on(holdfast::lock_owned(m)) : go_on(m->lock());
      });
      await_waiting(changed, i + 1);
    }
    auto owner = m->lock();
    if (round >= 2) owner.unlock();
    EXPECT_EQ(changed.notify_all(), 6U);
    owner = {};
    for (auto& each : waiters) each.join();
  }
  EXPECT_EQ(m->copy(), 24);
}

// One lock of the process holds all of these at once; each is told apart by its address.
TEST(condition_with_two_conditions, of_one_mutex_wakes_whom_it_means) {
  mutex<int> m(0);
  condition odd;
  condition even;
  run_threads(2, [&](unsigned number) {
    condition& mine = number == 0 ? even : odd;
    condition& others = number == 0 ? odd : even;
    for (int i = 0; i < 200; ++i) {
      auto owner = m.lock();
      mine.wait(owner, [&] { return *owner % 2 == static_cast<int>(number); });
      ++*owner;
      others.notify_one();
    }
  });
  EXPECT_EQ(m.copy(), 400);
}

TEST(condition_with_one_mutex_after_the_other, is_no_error) {
  mutex<int> first(0);
  mutex<int> second(0);
  condition c;
  for (mutex<int>* each : {&first, &second, &first}) {
    std::thread waiter([&] {
      auto owner = each->lock();
      c.wait(owner);
    });
    await_waiting(c, 1);
    EXPECT_EQ(c.notify_one(), 1U);
    waiter.join();
  }
}

// misuse

template <class Owner>
void expect_refusal(Owner& owner) {
  condition c;
  const auto refuses = [](auto wait) {
    try {
      wait();
      FAIL() << "waited without a lock";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::operation_not_permitted);
    }
  };
  refuses([&] { c.wait(owner); });
  refuses([&] { c.wait(owner, [] { return false; }); });
  refuses([&] { (void)c.wait_for(owner, 0s); });
  EXPECT_EQ(waiting_at(c), 0U);
}

TEST(condition_with_an_owner_that_holds_nothing, refuses_to_wait) {
  mutex<int> m(0);
  auto released = m.lock();
  released.unlock();
  expect_refusal(released);
  auto moved_from = m.lock();
  const auto moved_to = std::move(moved_from);
  expect_refusal(moved_from);
  holdfast::guard<mutex<int>> empty;
  expect_refusal(empty);

  mutex<int, holdfast::spin_lock> spins(0);
  auto released_spin = spins.lock();
  released_spin.unlock();
  expect_refusal(released_spin);
  holdfast::owned_guard<mutex<int>> empty_owned;
  expect_refusal(empty_owned);

  std::unique_lock<holdfast::parking_lock> without_a_lock;
  expect_refusal(without_a_lock);
  holdfast::parking_lock lock;
  std::unique_lock deferred(lock, std::defer_lock);
  expect_refusal(deferred);
  std::unique_lock<std::mutex> without_a_mutex;
  expect_refusal(without_a_mutex);
  std::shared_lock<std::shared_mutex> without_a_shared_mutex;
  expect_refusal(without_a_shared_mutex);
}

}  // namespace
