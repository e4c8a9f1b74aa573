// SPDX-License-Identifier: BSL-1.0
// What ends the program with a message: a fiber_lock used by those whom it is not for, and a lock of
// the thread held where its fiber is switched.
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/fiber/fiber_lock.hpp"
#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"

#include "support/emulated.hpp"
#include "support/running_scheduler.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::fiber {
namespace {

using unchecked_lock = basic_fiber_lock<platform::native>;
using checked_lock = basic_fiber_lock<platform::checked<platform::native>>;

// "holdfast: <what> (<kind> at <address>). <remedy>."
std::string message(const std::string& what, const std::string& kind) {
  return "holdfast: .*" + what + ".*\\(" + kind + " at 0x[0-9a-f]+\\)\\. ";
}

void in_a_fiber(std::function<void()> f) {
  scheduler s;
  s.spawn(std::move(f));
  s.run();
}

class refused_DeathTest : public testing::Test {
 protected:
  // A death test starts the program anew: this one has threads.
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = test::death_test_style(); }
};

template <class Lock>
class refused_waits_DeathTest : public refused_DeathTest {};
using both = testing::Types<unchecked_lock, checked_lock>;
TYPED_TEST_SUITE(refused_waits_DeathTest, both);

TYPED_TEST(refused_waits_DeathTest, a_thread_that_would_wait) {
  EXPECT_DEATH(in_a_fiber([] {
                 TypeParam lock;
                 lock.lock();
                 std::thread([&] { lock.lock(); }).join();
               }),
               message("a thread would wait", "fiber_lock"));
}

TYPED_TEST(refused_waits_DeathTest, a_thread_that_would_wait_with_a_deadline) {
  EXPECT_DEATH(
      in_a_fiber([] {
        TypeParam lock;
        lock.lock();
        std::thread([&] { static_cast<void>(lock.try_lock_for(std::chrono::hours(1))); }).join();
      }),
      message("a thread would wait", "fiber_lock"));
}

TYPED_TEST(refused_waits_DeathTest, a_fiber_of_a_pool_that_would_wait) {
  EXPECT_DEATH(
      {
        pool p(2);
        p.spawn([] {
           TypeParam lock;
           lock.lock();
           spawn([&] { lock.lock(); }).join();
         }).join();
      },
      message("a fiber of a pool", "fiber_lock"));
}

TEST_F(refused_DeathTest, a_fiber_of_a_pool_even_if_the_lock_is_free) {
  EXPECT_DEATH(
      {
        pool p(2);
        p.spawn([] {
           checked_lock lock;
           lock.lock();
         }).join();
      },
      message("a fiber of a pool", "fiber_lock"));
}

// Seen as soon as a fiber stands in line.
TEST_F(refused_DeathTest, a_fiber_of_another_scheduler) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_lock lock;
                 lock.lock();
                 spawn([&] { lock.lock(); }).detach();
                 yield();
                 test::running_scheduler other;
                 other.spawn([&] { static_cast<void>(lock.try_lock()); }).join();
               }),
               message("another scheduler", "fiber_lock"));
}

TEST_F(refused_DeathTest, a_fiber_that_waits_for_itself) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_lock lock;
                 lock.lock();
                 lock.lock();
               }),
               message("already owns", "fiber_lock"));
  EXPECT_DEATH(in_a_fiber([] {
                 checked_lock lock;
                 lock.lock();
                 static_cast<void>(lock.try_lock_for(std::chrono::hours(1)));
               }),
               message("already owns", "fiber_lock"));
}

TEST_F(refused_DeathTest, an_unlock_by_another_fiber) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_lock lock;
                 lock.lock();
                 spawn([&] { lock.unlock(); }).join();
               }),
               message("another thread owns", "fiber_lock"));
}

TEST_F(refused_DeathTest, an_unlock_of_what_nobody_owns) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_lock lock;
                 lock.unlock();
               }),
               message("nobody owns", "fiber_lock"));
}

TEST_F(refused_DeathTest, the_end_of_a_lock_that_is_held) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_lock lock;
                 lock.lock();
               }),
               message("destroyed while somebody owns it", "fiber_lock"));
}

using checked_native_lock = basic_native_lock<platform::checked<platform::native>>;
constexpr const char* while_it_holds = "waits, yields or ends while it holds a lock";

TEST_F(refused_DeathTest, a_yield_with_a_lock_of_the_thread) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_native_lock lock;
                 lock.lock();
                 yield();
               }),
               message(while_it_holds, "native_lock"));
}

TEST_F(refused_DeathTest, a_wait_with_a_lock_of_the_thread) {
  EXPECT_DEATH(in_a_fiber([] {
                 checked_native_lock lock;
                 lock.lock();
                 sleep_for(std::chrono::microseconds(1));
               }),
               message(while_it_holds, "native_lock"));
}

TEST_F(refused_DeathTest, a_wait_for_another_lock_with_a_lock_of_the_thread) {
  EXPECT_DEATH(in_a_fiber([] {
                 parking_lock other;
                 other.lock();
                 spawn([&] {
                   checked_native_lock lock;
                   lock.lock();
                   other.lock();
                 }).join();
               }),
               message(while_it_holds, "native_lock"));
}

TEST_F(refused_DeathTest, the_end_of_a_fiber_that_holds_a_lock_of_the_thread) {
  EXPECT_DEATH(
      {
        static checked_native_lock lock;
        in_a_fiber([] { lock.lock(); });
      },
      message(while_it_holds, "native_lock"));
}

TEST(not_refused, a_lock_of_the_thread_between_two_switches) {
  checked_native_lock lock;
  int inside = 0;
  scheduler s;
  for (int i = 0; i < 4; ++i)
    s.spawn([&] {
      for (int j = 0; j < 10; ++j) {
        lock.lock();
        ++inside;
        lock.unlock();
        yield();
        if (lock.try_lock()) {
          ++inside;
          lock.unlock();
        }
        yield();
      }
    });
  s.run();
  EXPECT_EQ(inside, 80);
}

TEST(not_refused, a_fiber_lock_of_a_thread_that_need_not_wait) {
  checked_lock lock;
  lock.lock();
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

}  // namespace
}  // namespace holdfast::fiber
