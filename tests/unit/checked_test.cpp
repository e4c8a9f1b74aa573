// SPDX-License-Identifier: BSL-1.0
// A checked build ends a program that misuses a lock, with a message. The locks of this file are
// checked in every configuration; they are other types than the unchecked ones, in one program.
#undef HOLDFAST_CHECKED
#define HOLDFAST_CHECKED 1  // before any header of the library

#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

namespace {

using holdfast::mutex;

template <class Lock>
class checked_lock : public testing::Test {
 protected:
  // A death test starts the program anew: this one has threads.
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }

  // "holdfast: <what> (<kind> at <address>). <remedy>."
  static std::string message(const std::string& what, const std::string& remedy) {
    return "holdfast: .*" + what + ".*\\(" + Lock::name + " at 0x\\w+\\)\\. .*" + remedy + ".*\\.";
  }
  static std::string self_deadlock() { return message("already owns", "Release the guard first"); }
  static std::string unlock_by_stranger() {
    return message("another thread owns", "Let the thread that locked it unlock it");
  }
  static std::string unlock_of_nothing() {
    return message("nobody owns", "Let the thread that locked it unlock it");
  }
  static std::string destroyed_while_owned() {
    return message("destroyed while somebody owns it", "Let every guard end before");
  }
};

// A typed death test, as gtest runs it before all others.
template <class Lock>
using checked_lock_DeathTest = checked_lock<Lock>;

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::ticket_lock,
                             holdfast::mcs_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(checked_lock_DeathTest, locks);

#if defined(__SANITIZE_THREAD__)
constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
constexpr bool thread_sanitizer = __has_feature(thread_sanitizer);
#else
constexpr bool thread_sanitizer = false;
#endif

// ThreadSanitizer has its own opinion on a pthread_mutex_t that is destroyed while held.
template <class Lock>
constexpr bool may_be_held_at_exit = !(thread_sanitizer && holdfast::thread_owned<Lock>);

static_assert(HOLDFAST_CHECKED == 1);
static_assert(!std::is_same_v<holdfast::parking_lock,
                              holdfast::basic_parking_lock<holdfast::platform::native>>);

// Clang's thread safety analysis sees through most of these; that is not what is tested here.
template <class Lock>
HOLDFAST_UNANALYSED void lock_twice() {
  Lock lock;
  lock.lock();
  lock.lock();
}

template <class Lock>
HOLDFAST_UNANALYSED void lock_and_wait_with_a_stop() {
  Lock lock;
  lock.lock();
  const std::stop_source source;
  std::exit(lock.lock(source.get_token()) ? 1 : 2);
}

template <class Lock>
HOLDFAST_UNANALYSED void lock_and_wait_with_a_deadline() {
  Lock lock;
  lock.lock();
  std::exit(lock.try_lock_until(holdfast::deadline::already_past()) ? 1 : 2);
}

template <class Lock>
HOLDFAST_UNANALYSED void unlock(Lock& lock) {
  lock.unlock();
}

template <class Lock>
HOLDFAST_UNANALYSED void unlock_in_another_thread() {
  Lock lock;
  lock.lock();
  std::thread(unlock<Lock>, std::ref(lock)).join();
}

template <class Lock>
void unlock_at_once() {
  Lock lock;
  unlock(lock);
}

template <class Lock>
HOLDFAST_UNANALYSED void unlock_twice() {
  Lock lock;
  lock.lock();
  lock.unlock();
  lock.unlock();
}

template <class Lock>
HOLDFAST_UNANALYSED void destroy_held_lock_on_the_stack() {
  Lock lock;
  lock.lock();
}

template <class Lock>
HOLDFAST_UNANALYSED void destroy_held_lock_on_the_heap() {
  const auto lock = std::make_unique<Lock>();
  if (!lock->try_lock()) std::exit(3);
}

template <class Lock>
void lock_mutex_twice() {
  mutex<int, Lock> m(1);
  const auto first = m.lock();
  const auto second = m.lock();
}

template <class Lock>
void destroy_mutex_before_its_guard() {
  auto m = std::make_unique<mutex<int, Lock>>(1);
  const auto owner = m->lock();
  m.reset();
}

template <class Lock>
HOLDFAST_UNANALYSED void exit_with_static_lock() {
  static Lock lock;
  lock.lock();
  std::exit(0);
}

template <class Lock>
void exit_with_static_mutex() {
  static mutex<int, Lock> m(1);
  using guard = typename mutex<int, Lock>::guard_type;
  alignas(guard) static unsigned char kept[sizeof(guard)];
  new (kept) guard(m.lock());
  std::exit(0);
}

TYPED_TEST(checked_lock_DeathTest, locking_twice_from_one_thread_ends_the_program) {
  EXPECT_DEATH(lock_twice<TypeParam>(), this->self_deadlock());
}

TYPED_TEST(checked_lock_DeathTest, waiting_with_a_stop_for_its_own_lock_ends_the_program) {
  EXPECT_DEATH(lock_and_wait_with_a_stop<TypeParam>(), this->self_deadlock());
}

TYPED_TEST(checked_lock_DeathTest, waiting_with_a_deadline_for_its_own_lock_ends_the_program) {
  EXPECT_DEATH(lock_and_wait_with_a_deadline<TypeParam>(), this->self_deadlock());
}

TYPED_TEST(checked_lock_DeathTest, unlocking_the_lock_of_another_thread_ends_the_program) {
  EXPECT_DEATH(unlock_in_another_thread<TypeParam>(), this->unlock_by_stranger());
}

TYPED_TEST(checked_lock_DeathTest, unlocking_what_nobody_holds_ends_the_program) {
  EXPECT_DEATH(unlock_at_once<TypeParam>(), this->unlock_of_nothing());
}

TYPED_TEST(checked_lock_DeathTest, unlocking_twice_ends_the_program) {
  EXPECT_DEATH(unlock_twice<TypeParam>(), this->unlock_of_nothing());
}

TYPED_TEST(checked_lock_DeathTest, destroying_a_held_lock_ends_the_program) {
  EXPECT_DEATH(destroy_held_lock_on_the_stack<TypeParam>(), this->destroyed_while_owned());
  EXPECT_DEATH(destroy_held_lock_on_the_heap<TypeParam>(), this->destroyed_while_owned());
}

TYPED_TEST(checked_lock_DeathTest, a_mutex_locked_twice_from_one_thread_ends_the_program) {
  EXPECT_DEATH(lock_mutex_twice<TypeParam>(), this->self_deadlock());
}

TYPED_TEST(checked_lock_DeathTest, a_mutex_destroyed_before_its_guard_ends_the_program) {
  EXPECT_DEATH(destroy_mutex_before_its_guard<TypeParam>(), this->destroyed_while_owned());
}

TYPED_TEST(checked_lock_DeathTest, a_static_lock_held_at_exit_is_no_error) {
  if (!may_be_held_at_exit<TypeParam>) GTEST_SKIP() << "not under ThreadSanitizer";
  EXPECT_EXIT(exit_with_static_lock<TypeParam>(), testing::ExitedWithCode(0), "^$");
}

TYPED_TEST(checked_lock_DeathTest, a_static_mutex_held_at_exit_is_no_error) {
  if (!may_be_held_at_exit<TypeParam>) GTEST_SKIP() << "not under ThreadSanitizer";
  EXPECT_EXIT(exit_with_static_mutex<TypeParam>(), testing::ExitedWithCode(0), "^$");
}

template <class Lock>
HOLDFAST_UNANALYSED bool try_to_lock(Lock& lock) {
  return lock.try_lock();
}

TYPED_TEST(checked_lock_DeathTest, correct_use_is_no_error) {
  {
    TypeParam lock;
    const std::scoped_lock hold(lock);
    EXPECT_FALSE(try_to_lock(lock));  // refused, not fatal
  }
  mutex<int, TypeParam> m(1);
  for (int i = 0; i < 3; ++i) {
    std::thread([&] { *m.lock().operator->() += 1; }).join();
    *m.lock().operator->() += 1;
  }
  EXPECT_EQ(m.copy(), 7);
}

TEST(checked_guard_DeathTest, moved_to_another_thread_ends_the_program) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        mutex<int> m(1);
        auto owner = m.lock();
        std::thread([moved = std::move(owner)] {}).join();
      },
      "another thread owns");
}

TEST(checked_guard_DeathTest, locked_twice_ends_the_program) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        mutex<int> m(1);
        auto owner = m.lock();
        owner.lock();
      },
      "already owns");
}

TEST(checked_guard, an_address_that_is_used_again_starts_free) {
  alignas(holdfast::parking_lock) unsigned char place[sizeof(holdfast::parking_lock)];
  for (int i = 0; i < 3; ++i) {
    auto* const lock = new (place) holdfast::parking_lock;
    lock->lock();
    lock->unlock();
    lock->~basic_parking_lock();
  }
}

}  // namespace
