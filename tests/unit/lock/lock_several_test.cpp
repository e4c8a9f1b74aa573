// SPDX-License-Identifier: BSL-1.0
// Several locks at once: all of them or none, and no deadlock in any order.
#include "holdfast/lock/lock_several.hpp"

#include <array>
#include <stdexcept>
#include <system_error>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::detail {
namespace {

using parking = basic_parking_lock<platform::native>;

TEST(lock_several, takes_none_of_none) { lock_several(nullptr, 0); }

TEST(lock_several, takes_one) {
  parking lock;
  const any_lock one = erase_lock(lock);
  lock_several(&one, 1);
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
}

TEST(lock_several, takes_locks_of_different_types) {
  parking a;
  basic_spin_lock<platform::native> b;
  basic_native_lock<platform::native> c;
  const any_lock all[] = {erase_lock(a), erase_lock(b), erase_lock(c)};
  lock_several(all, 3);
  std::thread([&] {
    EXPECT_FALSE(a.try_lock());
    EXPECT_FALSE(b.try_lock());
    EXPECT_FALSE(c.try_lock());
  }).join();
  a.unlock();
  b.unlock();
  c.unlock();
}

TEST(lock_several, refuses_a_lock_that_is_named_twice_and_holds_none_then) {
  parking a;
  parking b;
  const any_lock all[] = {erase_lock(a), erase_lock(b), erase_lock(a)};
  try {
    lock_several(all, 3);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
  }
  EXPECT_TRUE(a.try_lock());
  EXPECT_TRUE(b.try_lock());
  a.unlock();
  b.unlock();
}

struct lock_that_throws {
  bool held = false;
  int calls = 0;
  int throws_at = -1;
  void lock() {
    if (calls++ == throws_at) throw std::runtime_error("refused");
    held = true;
  }
  bool try_lock() {
    lock();
    return true;
  }
  void unlock() { held = false; }
};

TEST(lock_several, gives_back_what_it_has_if_a_lock_throws) {
  for (std::size_t thrower = 0; thrower < 3; ++thrower) {
    std::array<lock_that_throws, 3> locks{};
    locks[thrower].throws_at = 0;
    const any_lock all[] = {erase_lock(locks[0]), erase_lock(locks[1]), erase_lock(locks[2])};
    EXPECT_THROW(lock_several(all, 3), std::runtime_error);
    for (const lock_that_throws& each : locks) EXPECT_FALSE(each.held);
  }
}

// The one that is busy is waited for with nothing in hand, so others can go on.
TEST(lock_several, waits_for_one_while_it_holds_none) {
  parking a;
  parking b;
  test::held_elsewhere holder(b);
  std::atomic<bool> served{false};
  std::thread both([&] {
    const any_lock all[] = {erase_lock(a), erase_lock(b)};
    lock_several(all, 2);
    served.store(true);
    a.unlock();
    b.unlock();
  });
  test::await_waiters(b, 1);
  EXPECT_TRUE(a.try_lock());
  a.unlock();
  EXPECT_FALSE(served.load());
  holder.release();
  both.join();
  EXPECT_TRUE(served.load());
}

TEST(lock_several, does_not_deadlock_in_any_order) {
  std::array<parking, 3> locks;
  std::size_t counter = 0;
  const std::size_t rounds = test::scaled(10'000);
  constexpr std::size_t orders[4][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}};
  test::run_threads(4, [&](unsigned index) {
    const auto& order = orders[index];
    const any_lock all[] = {erase_lock(locks[order[0]]), erase_lock(locks[order[1]]),
                            erase_lock(locks[order[2]])};
    for (std::size_t i = 0; i < rounds; ++i) {
      lock_several(all, 3);
      ++counter;
      for (parking& each : locks) each.unlock();
    }
  });
  EXPECT_EQ(counter, 4 * rounds);
}

}  // namespace
}  // namespace holdfast::detail
