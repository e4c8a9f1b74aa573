// SPDX-License-Identifier: BSL-1.0
// The system's mutex: its errors are exceptions that say the reason.
#include "holdfast/lock/native_lock.hpp"

#include <cerrno>
#include <system_error>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/base/lock_concepts.hpp"

#include "support/emulated.hpp"
#include "support/parked.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast {
namespace {

using ::testing::HasSubstr;
using lock_type = basic_native_lock<platform::native>;

static_assert(thread_owned<lock_type>);
static_assert(timed_lockable<lock_type>);

// Makes the system's mutex in `lock` one of another kind, as a C library may.
void make(lock_type& lock, int kind) {
  ASSERT_EQ(pthread_mutex_destroy(lock.native_handle()), 0);
  pthread_mutexattr_t attributes;
  ASSERT_EQ(pthread_mutexattr_init(&attributes), 0);
  ASSERT_EQ(pthread_mutexattr_settype(&attributes, kind), 0);
  ASSERT_EQ(pthread_mutex_init(lock.native_handle(), &attributes), 0);
  pthread_mutexattr_destroy(&attributes);
}

template <class Call>
void expect_error(std::errc code, const char* reason, Call call) {
  try {
    call();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_THAT(error.what(), HasSubstr("native_lock"));
    EXPECT_THAT(error.what(), HasSubstr(reason));
    return;
  }
  ADD_FAILURE() << "no error";
}

// Errors of the system come from misuse, which ThreadSanitizer reports before the system does.
class native_lock_errors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::under_thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer refuses the misuse itself";
  }
};

TEST_F(native_lock_errors, reports_the_unlock_of_what_this_thread_does_not_own) {
  lock_type lock;
  make(lock, PTHREAD_MUTEX_ERRORCHECK);
  expect_error(std::errc::operation_not_permitted, "does not own", [&] { lock.unlock(); });
  test::held_elsewhere holder(lock);
  expect_error(std::errc::operation_not_permitted, "does not own", [&] { lock.unlock(); });
}

TEST_F(native_lock_errors, reports_locking_twice_and_still_owns_the_lock) {
  lock_type lock;
  make(lock, PTHREAD_MUTEX_ERRORCHECK);
  lock.lock();
  expect_error(std::errc::resource_deadlock_would_occur, "already owns", [&] { lock.lock(); });
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST_F(native_lock_errors, reports_locking_twice_with_a_deadline) {
  lock_type lock;
  make(lock, PTHREAD_MUTEX_ERRORCHECK);
  lock.lock();
  expect_error(std::errc::resource_deadlock_would_occur, "already owns",
               [&] { static_cast<void>(lock.try_lock_until(deadline::never())); });
  lock.unlock();
}

TEST_F(native_lock_errors, locks_a_recursive_mutex_as_often_as_the_system_does) {
  lock_type lock;
  make(lock, PTHREAD_MUTEX_RECURSIVE);
  lock.lock();
  lock.lock();
  EXPECT_TRUE(lock.try_lock());
  bool taken = true;
  std::thread([&] { taken = lock.try_lock(); }).join();
  EXPECT_FALSE(taken);
  for (int i = 0; i < 3; ++i) lock.unlock();
  expect_error(std::errc::operation_not_permitted, "does not own", [&] { lock.unlock(); });
}

// A robust mutex tells that its owner died; without pthread_mutex_consistent it stays unusable.
TEST_F(native_lock_errors, reports_that_the_owner_died) {
  HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  lock_type lock;
  ASSERT_EQ(pthread_mutex_destroy(lock.native_handle()), 0);
  pthread_mutexattr_t attributes;
  ASSERT_EQ(pthread_mutexattr_init(&attributes), 0);
  ASSERT_EQ(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
  ASSERT_EQ(pthread_mutex_init(lock.native_handle(), &attributes), 0);
  pthread_mutexattr_destroy(&attributes);
  std::thread([&] { lock.lock(); }).join();  // ends as the owner
  expect_error(std::errc::owner_dead, "the owner died", [&] { lock.lock(); });
  pthread_mutex_unlock(lock.native_handle());
}

TEST(native_lock, its_handle_is_the_mutex_that_it_locks) {
  lock_type lock;
  lock.lock();
  EXPECT_EQ(pthread_mutex_trylock(lock.native_handle()), EBUSY);
  lock.unlock();
  EXPECT_EQ(pthread_mutex_trylock(lock.native_handle()), 0);
  bool taken = true;
  std::thread([&] { taken = lock.try_lock(); }).join();
  EXPECT_FALSE(taken);
  pthread_mutex_unlock(lock.native_handle());
}

}  // namespace
}  // namespace holdfast
