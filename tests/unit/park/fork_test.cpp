// SPDX-License-Identifier: BSL-1.0
// The child of a fork, in which only one thread lives on, may use locks that others waited for.
#include <chrono>

#include "holdfast/lock/parking_lock.hpp"

#include "support/emulated.hpp"
#include "support/unanalysed.hpp"
#include "unit/park/lot_fixture.hpp"

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>

namespace holdfast::detail {
namespace {

using lock_type = basic_parking_lock<platform::native>;

// Runs `body` in the child of a fork; true if it returned true.
template <class Body>
bool holds_in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

class fork_child : public ::testing::Test {
 protected:
  void SetUp() override {
    if constexpr (platform::native::has_restartable || !test::under_thread_sanitizer) return;
    GTEST_SKIP() << "ThreadSanitizer does not follow a fork with threads";
  }
};

// The queue is that of the parent's threads: in the child nobody waits.
TEST_F(fork_child, finds_the_queues_empty) {
  lock_type lock;
  lock.lock();
  std::thread waiter([&] {
    lock.lock();
    lock.unlock();
  });
  test::await_waiters(lock, 1);
  EXPECT_TRUE(holds_in_child([&] { return test::queued_for(lock) == 0; }));
  EXPECT_EQ(test::queued_for(lock), 1U);
  lock.unlock();
  waiter.join();
}

TEST_F(fork_child, uses_a_lock_that_it_owns_and_that_others_waited_for) {
  if (test::is_emulated()) GTEST_SKIP() << "a fork of several threads can start none there";
  lock_type lock;
  lock.lock();
  std::thread waiter([&] {
    lock.lock();
    lock.unlock();
  });
  test::await_waiters(lock, 1);
  EXPECT_TRUE(holds_in_child([&] {
    lock.unlock();
    if (!lock.try_lock()) return false;
    std::size_t counter = 0;
    std::thread other([&] {
      lock.lock();
      ++counter;
      lock.unlock();
    });
    test::await_waiters(lock, 1);
    ++counter;
    lock.unlock();
    other.join();
    return counter == 2 && lock.try_lock();
  }));
  lock.unlock();
  waiter.join();
}

// Forks in the middle of other threads' parking and unparking: a bucket may be locked then.
TEST_F(fork_child, is_not_caught_by_a_bucket_that_another_thread_held) {
  lock_type lock;
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i)
    busy.emplace_back([&] {
      while (!done.load()) {
        lock.lock();
        std::this_thread::yield();
        lock.unlock();
        if (lock.try_lock_until(deadline::after(20'000))) lock.unlock();
      }
    });
  for (int i = 0; i < 50; ++i)
    EXPECT_TRUE(holds_in_child([&] {
      lock_type mine;  // may share the bucket of the other
      mine.lock();
      mine.unlock();
      return test::queued_for(lock) == 0 && test::queued_for(mine) == 0;
    }));
  done.store(true);
  for (std::thread& each : busy) each.join();
}

// The checked locks have a table of who owns which: it may be in the middle of a change then.
TEST_F(fork_child, is_not_caught_by_the_table_of_owners) {
  using checked_lock = basic_parking_lock<platform::checked<platform::native>>;
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i)
    busy.emplace_back([&] {
      checked_lock own;
      while (!done.load()) {
        own.lock();
        own.unlock();
      }
    });
  checked_lock lock;
  lock.lock();
  int failed = 0;
  for (int i = 0; i < 200 && failed == 0; ++i) {
    failed += holds_in_child([&] {
      ::alarm(60);
      checked_lock mine;
      mine.lock();
      mine.unlock();
      lock.unlock();
      return lock.try_lock();
    })
                  ? 0
                  : 1;
  }
  EXPECT_EQ(failed, 0);
  lock.unlock();
  done.store(true);
  for (std::thread& each : busy) each.join();
}

}  // namespace
}  // namespace holdfast::detail

#endif
