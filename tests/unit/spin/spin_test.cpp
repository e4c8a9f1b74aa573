// SPDX-License-Identifier: BSL-1.0
// What is each spin lock's own, beyond the conformance suite: order, wrapping round, parties.
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/peterson_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast {
namespace {

using platform::native;

static_assert(sizeof(basic_spin_lock<native>) == 1);
static_assert(sizeof(basic_ticket_lock<native>) == 8);
static_assert(sizeof(basic_mcs_lock<native>) == 2 * sizeof(void*));
static_assert(std::is_trivially_destructible_v<basic_spin_lock<native>>);
static_assert(std::is_trivially_destructible_v<basic_ticket_lock<native>>);
static_assert(std::is_trivially_destructible_v<basic_mcs_lock<native>>);
static_assert(std::is_trivially_destructible_v<basic_peterson_lock<native>>);

// A platform that tells when a waiter begins to spin: so the test knows who stands in line.
struct watched : platform::portable {
  static inline std::atomic<std::size_t> spinning{0};
  using unchecked = platform::portable;

  static void pause() noexcept { yield(); }
  static void yield() noexcept {
    thread_local bool known = false;
    if (!known) spinning.fetch_add(1);
    known = true;
    std::this_thread::yield();
  }
};

}  // namespace
}  // namespace holdfast

#include "spin/mcs_lock_algorithm.hpp"
#include "spin/ticket_lock_algorithm.hpp"

namespace holdfast {
namespace {

// Threads come one after the other; they must be served in that order.
template <class Lock>
void expect_first_come_first_served() {
  Lock lock;
  std::vector<unsigned> served;
  std::vector<std::thread> threads;
  watched::spinning.store(0);
  lock.lock();
  for (unsigned i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      lock.lock();
      served.push_back(i);
      lock.unlock();
    });
    test::await([&] { return watched::spinning.load() == i + 1; });
  }
  lock.unlock();
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(served, (std::vector<unsigned>{0, 1, 2, 3, 4, 5}));
}

TEST(ticket_lock, serves_in_the_order_of_arrival) {
  expect_first_come_first_served<basic_ticket_lock<watched>>();
}

TEST(mcs_lock, serves_those_in_line_in_the_order_of_arrival) {
  expect_first_come_first_served<basic_mcs_lock<watched>>();
}

// Somebody in line goes first: a try fails although the lock is free only for him.
TEST(ticket_lock, a_try_does_not_jump_the_line) {
  basic_ticket_lock<watched> lock;
  watched::spinning.store(0);
  lock.lock();
  std::atomic<bool> go{false};
  std::thread waiter([&] {
    lock.lock();
    test::await(go);
    lock.unlock();
  });
  test::await([&] { return watched::spinning.load() == 1; });
  lock.unlock();
  EXPECT_FALSE(lock.try_lock());  // taken by him, or his to take
  go.store(true);
  waiter.join();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(mcs_lock, a_try_does_not_jump_the_line) {
  basic_mcs_lock<watched> lock;
  watched::spinning.store(0);
  lock.lock();
  std::atomic<bool> go{false};
  std::thread waiter([&] {
    lock.lock();
    test::await(go);
    lock.unlock();
  });
  test::await([&] { return watched::spinning.load() == 1; });
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_FALSE(lock.try_lock());
  go.store(true);
  waiter.join();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(peterson_lock, lets_either_party_in_when_the_other_is_away) {
  basic_peterson_lock<native> lock;
  for (const unsigned party : {0U, 1U, 1U, 0U}) {
    lock.enter_region(party);
    EXPECT_FALSE(lock.try_enter_region(1 - party));
    EXPECT_FALSE(lock.try_enter_region(1 - party));
    lock.leave_region(party);
    EXPECT_TRUE(lock.try_enter_region(1 - party));
    lock.leave_region(1 - party);
  }
}

TEST(peterson_lock, a_party_that_only_tries_never_keeps_the_other_out_for_good) {
  basic_peterson_lock<native> lock;
  std::atomic<bool> done{false};
  std::size_t counter = 0;
  std::size_t tried = 0;
  const std::size_t rounds = test::scaled(20'000);
  test::run_threads(2, [&](unsigned party) {
    if (party == 0) {
      for (std::size_t i = 0; i < rounds; ++i) {
        lock.enter_region(0);
        ++counter;
        lock.leave_region(0);
      }
      done.store(true);
    } else {
      while (!done.load()) {
        if (!lock.try_enter_region(1)) continue;
        ++counter;
        ++tried;
        lock.leave_region(1);
      }
    }
  });
  EXPECT_EQ(counter, rounds + tried);
}

}  // namespace
}  // namespace holdfast
