// SPDX-License-Identifier: BSL-1.0
// SRWLOCK as a lock: a pointer that begins as null, shared and exclusive, and never destroyed.
#include <atomic>
#include <thread>
#include <type_traits>

#include <gtest/gtest.h>

#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/shared_mutex.hpp"

#include "platform/windows_api.hpp"
#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast {
namespace {

using lock_type = basic_native_lock<platform::native>;

static_assert(thread_owned<lock_type>);
static_assert(timed_lockable<lock_type>);
static_assert(sizeof(lock_type) == sizeof(SRWLOCK));
static_assert(std::is_trivially_destructible_v<platform::native_mutex>);

TEST(native_lock, its_handle_is_the_slim_lock_that_it_locks) {
  static constinit lock_type lock;
  EXPECT_EQ(lock.native_handle()->Ptr, nullptr);
  lock.lock();
  EXPECT_EQ(::TryAcquireSRWLockExclusive(lock.native_handle()), 0);
  lock.unlock();
  EXPECT_NE(::TryAcquireSRWLockExclusive(lock.native_handle()), 0);
  bool taken = true;
  std::thread([&] { taken = lock.try_lock(); }).join();
  EXPECT_FALSE(taken);
  ::ReleaseSRWLockExclusive(lock.native_handle());
}

TEST(native_lock, is_held_by_many_who_share_it_or_by_one) {
  lock_type lock;
  ASSERT_TRUE(lock.try_lock_shared());
  std::thread([&] {
    EXPECT_TRUE(lock.try_lock_shared());
    EXPECT_FALSE(lock.try_lock());
    lock.unlock_shared();
  }).join();
  lock.unlock_shared();
  lock.lock();
  std::thread([&] { EXPECT_FALSE(lock.try_lock_shared()); }).join();
  lock.unlock();
}

TEST(native_lock, who_shares_it_waits_for_its_owner) {
  lock_type lock;
  bool written = false;
  lock.lock();
  std::atomic<bool> begun{false};
  std::thread reader([&] {
    begun.store(true);
    lock.lock_shared();
    EXPECT_TRUE(written);
    lock.unlock_shared();
  });
  test::await(begun);
  written = true;
  lock.unlock();
  reader.join();
}

TEST(native_lock, is_the_lock_of_a_shared_mutex_too) {
  shared_mutex<int, lock_type> shared(0);
  const std::size_t rounds = test::scaled(10'000);
  test::run_threads(3, [&](unsigned number) {
    int before = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
      if (number == 0) {
        shared.with([](int& value) { ++value; });
      } else {
        const int now = shared.with_shared([](const int& value) { return value; });
        ASSERT_GE(now, before);
        before = now;
      }
    }
  });
  const auto reader = shared.lock_shared();
  EXPECT_EQ(*reader, static_cast<int>(rounds));
}

TEST(native_lock, gives_up_at_its_deadline_while_others_share_it) {
  lock_type lock;
  lock.lock_shared();
  std::thread([&] { EXPECT_FALSE(lock.try_lock_until(deadline::after(1'000'000))); }).join();
  lock.unlock_shared();
  EXPECT_TRUE(lock.try_lock_until(deadline::after(1'000'000)));
  lock.unlock();
}

}  // namespace
}  // namespace holdfast
