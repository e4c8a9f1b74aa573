// SPDX-License-Identifier: BSL-1.0
// Processes that are killed between two instructions of an operation, anywhere in it: what they leave
// is whole, and nobody who waits is forgotten.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "holdfast/process/condition.hpp"
#include "holdfast/process/robust_rw_lock.hpp"
#include "holdfast/process/semaphore.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/shared_data.hpp"
#include "support/shared_page.hpp"
#include "support/stepped_child.hpp"

namespace holdfast::test {
namespace {

using process::condition;
using process::permit;
using process::semaphore;
using process::detail::lock_end;
using process::detail::robust_lock;
using process::detail::robust_rw_lock;
using namespace std::chrono_literals;

// Calls `round(steps)` for points all over an operation, which makes that many steps of it, kills and
// checks; it returns false when the operation was over before.
class every_instruction : public ::testing::Test {
 protected:
  void SetUp() override {
    if (under_sanitizer) GTEST_SKIP() << "the steps of a sanitizer are not ours";
    if (!stepped_child([] {}).may_be_traced()) GTEST_SKIP() << "nobody may be traced here";
  }

  void at_points_of(const std::function<bool(std::size_t)>& round) {
    std::size_t length = 64;
    while (round(length)) length *= 2;
    // It ends between length / 2 and length.
    const std::size_t points = scaled(25);
    const std::size_t stride = std::max<std::size_t>(length / points, 1);
    std::size_t made = 0;
    for (std::size_t at = random_.below(stride); round(at) && !HasFailure(); at += stride) ++made;
    std::printf("killed at %zu points, %zu instructions apart\n", made, stride);
  }

 private:
  random_numbers random_{3};
};

TEST_F(every_instruction, of_a_permit_that_comes_and_goes) {
  at_points_of([](std::size_t steps) {
    const shared_page<semaphore> s(2);
    stepped_child user([&] { static_cast<void>(s->acquire_permit()); });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    user.kill();
    EXPECT_TRUE(s->try_acquire()) << steps;
    EXPECT_TRUE(s->try_acquire()) << steps;
    EXPECT_FALSE(s->try_acquire()) << steps;
    EXPECT_LE(s->abandoned(), 1U);
    return goes_on;
  });
}

TEST_F(every_instruction, of_a_permit_that_is_forgotten) {
  at_points_of([](std::size_t steps) {
    const shared_page<semaphore> s(2);
    stepped_child user([&] {
      permit mine = s->acquire_permit();
      mine.forget();
    });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    user.kill();
    int left = 0;
    while (s->try_acquire()) ++left;
    EXPECT_TRUE(goes_on ? left == 2 || left == 1 : left == 1) << steps;
    return goes_on;
  });
}

// The one who notices a death dies of it, and another has to notice.
TEST_F(every_instruction, of_noticing_a_death) {
  at_points_of([](std::size_t steps) {
    const shared_page<semaphore> s(1);
    child owner([&] {
      auto* const mine = new permit(s->acquire_permit());
      ::_exit(*mine ? 0 : 1);
      return 1;
    });
    EXPECT_EQ(owner.wait(), 0);
    stepped_child user([&] { static_cast<void>(s->try_acquire_permit()); });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    user.kill();
    EXPECT_TRUE(s->try_acquire_permit()) << steps;
    EXPECT_EQ(s->available(), 1) << steps;
    EXPECT_GE(s->abandoned(), 1U) << steps;
    return goes_on;
  });
}

// A waiter sleeps. If the permit is there it gets it, whatever became of the wake.
TEST_F(every_instruction, of_a_release_that_wakes) {
  at_points_of([](std::size_t steps) {
    const shared_page<semaphore> s(0);
    child waiter([&] {
      s->acquire();
      return 0;
    });
    await_asleep(waiter.pid());
    stepped_child user([&] { s->release(); });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    const bool has_released = s->available() != 0 || state_of_thread(waiter.pid()) == 'Z';
    user.kill();
    if (!goes_on || has_released || s->available() != 0) {
      EXPECT_EQ(waiter.wait(), 0) << steps;
    } else {
      s->release();
      EXPECT_EQ(waiter.wait(), 0) << steps;
    }
    return goes_on;
  });
}

TEST_F(every_instruction, of_a_writer) {
  at_points_of([](std::size_t steps) {
    const shared_page<robust_rw_lock> lock;
    stepped_child user([&] {
      if (lock->lock({})) lock->unlock();
    });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    user.kill();
    unsigned seat = 0;
    EXPECT_TRUE(lock->lock_shared({deadline::in(10s)}, seat)) << steps;
    lock->unlock_shared(seat);
    EXPECT_TRUE(lock->try_lock()) << steps;
    lock->unlock();
    return goes_on;
  });
}

// Two readers, so that a second seat is opened.
TEST_F(every_instruction, of_a_reader_beside_another) {
  at_points_of([](std::size_t steps) {
    const shared_page<robust_rw_lock> lock;
    unsigned mine = 0;
    EXPECT_TRUE(lock->lock_shared({}, mine));
    stepped_child user([&] {
      unsigned seat = 0;
      if (lock->lock_shared({}, seat)) lock->unlock_shared(seat);
    });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    EXPECT_FALSE(lock->try_lock()) << steps;
    user.kill();
    EXPECT_FALSE(lock->try_lock()) << steps;
    lock->unlock_shared(mine);
    EXPECT_TRUE(lock->try_lock()) << steps;
    lock->unlock();
    return goes_on;
  });
}

struct meeting {
  robust_lock lock;
  condition signal;
};

// In a process of its own, which sleeps when this returns.
child waiter_at(meeting& at) {
  child waiter([&] {
    robust_guard owner(at.lock);
    at.signal.wait(owner);
    return 0;
  });
  await_asleep(waiter.pid());
  return waiter;
}

TEST_F(every_instruction, of_a_signal) {
  at_points_of([](std::size_t steps) {
    const shared_page<meeting> at;
    child first = waiter_at(*at);
    child second = waiter_at(*at);
    stepped_child user([&] { at->signal.notify_one(); });
    user.run(steps);
    const bool goes_on = !user.has_returned();
    user.kill();
    // One signal is sent, or both are needed.
    if (!goes_on) {
      EXPECT_EQ(first.wait(), 0);
      EXPECT_EQ(at->signal.notify_one(), 1U);
    } else {
      at->signal.notify_one();
      at->signal.notify_one();
      EXPECT_EQ(first.wait(), 0) << steps;
    }
    EXPECT_EQ(second.wait(), 0) << steps;
    return goes_on;
  });
}

// Has been sent a signal and is killed before it has the lock again: the signal goes to the one who
// waits behind it, whom nobody else signals.
TEST_F(every_instruction, from_a_signal_to_its_reception) {
  at_points_of([](std::size_t steps) {
    const shared_page<meeting> at;
    const shared_page<bool> is_sent(false);
    struct signalled_guard {
      meeting& at;
      bool& is_sent;
      robust_guard inner{at.lock};
      void unlock() {
        inner.unlock();
        is_sent = at.signal.notify_one() == 1;
      }
      void lock() { inner.lock(); }
    };
    stepped_child user([&] {
      signalled_guard owner{*at, *is_sent};
      at->signal.wait(owner);
    });
    while (!*is_sent && user.run(1) == 1) {
    }
    user.run(steps);
    // Once it has the lock it has received the signal.
    if (user.has_returned() || at->lock.try_lock() == lock_end::gave_up) return false;
    at->lock.unlock();
    child behind = waiter_at(*at);
    user.kill();
    EXPECT_EQ(behind.wait(), 0) << steps;
    return true;
  });
}

}  // namespace
}  // namespace holdfast::test
