// SPDX-License-Identifier: BSL-1.0
// What a condition between processes promises while nobody dies.
#include "holdfast/process/condition.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/counting_clock.hpp"
#include "support/fake_task.hpp"
#include "support/hooked_clock.hpp"
#include "support/own_directory.hpp"

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using process::condition;

struct box {
  long things = 0;
  long order = 0;
  long waiters = 0;  // that have begun to wait
  condition more;
};

}  // namespace

template <>
inline constexpr bool holdfast::process::enable_shareable<box> = true;

namespace {

class process_condition : public ::testing::Test {
 protected:
  // Waits for a thing and takes it, in a process of its own that waits when this returns.
  test::child taker() {
    const long before = shared_.lock()->waiters;
    test::child waiter([this] {
      auto owner = shared_.lock();
      ++owner->waiters;
      owner->more.wait(owner, [&] { return owner->things > 0; });
      --owner->things;
      return 0;
    });
    await_waiters(before + 1);
    return waiter;
  }

  // Who has said that it waits gives the lock away by that.
  void await_waiters(long count) {
    while (shared_.lock()->waiters != count) ::usleep(50);
  }

  test::own_directory directory_;
  process::in_directory place_{directory_.path()};
  process::mutex<box> shared_ = process::open<box>("box", place_);
};

TEST_F(process_condition, a_signal_wakes_a_waiter_in_another_process) {
  test::child waiter = taker();
  {
    auto owner = shared_.lock();
    ++owner->things;
    EXPECT_EQ(owner->more.notify_one(), 1U);
  }
  EXPECT_EQ(waiter.wait(), 0);
  EXPECT_EQ(shared_.lock()->more.notify_one(), 0U) << "nobody is left";
  EXPECT_EQ(shared_.lock()->more.notify_all(), 0U);
}

TEST_F(process_condition, notify_one_wakes_one_and_notify_all_the_rest) {
  std::vector<test::child> waiters;
  for (int i = 0; i < 3; ++i) waiters.push_back(taker());
  {
    auto owner = shared_.lock();
    owner->things = 1;
    EXPECT_EQ(owner->more.notify_one(), 1U);
  }
  while (shared_.lock()->things != 0) ::usleep(50);
  {
    auto owner = shared_.lock();
    owner->things = 2;
    EXPECT_EQ(owner->more.notify_all(), 2U);
  }
  for (test::child& waiter : waiters) EXPECT_EQ(waiter.wait(), 0);
}

TEST_F(process_condition, waiters_are_woken_in_the_order_in_which_they_came) {
  std::vector<test::child> waiters;
  for (long i = 0; i < 4; ++i) {
    waiters.emplace_back([this, i] {
      auto owner = shared_.lock();
      ++owner->waiters;
      owner->more.wait(owner);
      return owner->order++ == i ? 0 : 1;
    });
    await_waiters(i + 1);
  }
  for (long i = 0; i < 4; ++i) {
    EXPECT_EQ(shared_.lock()->more.notify_one(), 1U);
    EXPECT_EQ(waiters[static_cast<std::size_t>(i)].wait(), 0) << i;
  }
}

TEST_F(process_condition, waits_end_at_their_deadline_with_the_lock_held) {
  auto owner = shared_.lock();
  condition& more = owner->more;
  const auto never = [] { return false; };
  EXPECT_TRUE(more.wait_for(owner, 1ms).deadline_passed());
  EXPECT_TRUE(owner.owns_lock());
  EXPECT_TRUE(more.wait_for(owner, -1ms).deadline_passed());
  EXPECT_FALSE(more.wait_for(owner, 1ms, never));
  EXPECT_TRUE(more.wait_until(owner, deadline::in(1ms)).deadline_passed());
  EXPECT_FALSE(more.wait_until(owner, std::chrono::steady_clock::now() + 1ms, never));
  EXPECT_FALSE(more.wait_until(owner, std::chrono::system_clock::now() + 1ms, never));
  EXPECT_TRUE(more.wait_until(owner, test::counting_clock::now() + 5ms).deadline_passed());
  EXPECT_TRUE(more.wait_for(owner, 1ms, [] { return true; }));
  EXPECT_EQ(more.notify_one(), 0U) << "who gave up left no trace";
}

TEST_F(process_condition, a_signal_that_is_sent_at_a_look_at_the_callers_clock_is_received) {
  auto owner = shared_.lock();
  condition& more = owner->more;
  for (const int at : {1, 2, 5}) {
    const test::hooked_clock::hook signals([&](int looks) {
      if (looks == at) {
        EXPECT_EQ(more.notify_one(), 1U) << at;
      }
    });
    EXPECT_TRUE(more.wait_until(owner, test::hooked_clock::soon()).notified());
  }
}

TEST_F(process_condition, a_stop_ends_a_wait) {
  std::stop_source stop;
  std::atomic<pid_t> waits{0};
  std::thread waiter([&] {
    auto owner = shared_.lock();
    waits = ::gettid();
    EXPECT_TRUE(owner->more.wait(owner, stop.get_token()).stopped());
    EXPECT_TRUE(owner.owns_lock());
  });
  while (waits == 0) ::usleep(50);
  test::await_asleep(waits);
  stop.request_stop();
  waiter.join();
  auto owner = shared_.lock();
  condition& more = owner->more;
  EXPECT_TRUE(more.wait(owner, stop.get_token()).stopped()) << "it was requested before";
  EXPECT_FALSE(more.wait(owner, stop.get_token(), [] { return false; }));
  EXPECT_TRUE(more.wait_for(owner, std::stop_source().get_token(), 1ms).deadline_passed());
  EXPECT_FALSE(more.wait_for(owner, std::stop_source().get_token(), 1ms, [] { return false; }));
}

TEST_F(process_condition, more_may_wait_than_there_are_seats) {
  constexpr int waiting = condition::seats + 8;
  std::vector<test::child> waiters;
  for (int i = 0; i < waiting; ++i) waiters.push_back(taker());
  for (int i = 0; i < waiting; ++i) {
    auto owner = shared_.lock();
    ++owner->things;
    owner->more.notify_one();
  }
  for (test::child& waiter : waiters) EXPECT_EQ(waiter.wait(), 0);
  EXPECT_EQ(shared_.lock()->things, 0);
}

TEST_F(process_condition, waits_with_a_lock_of_another_segment_by_its_own_name) {
  auto things = process::open<long>("things", place_);
  const auto more = process::open_condition("more", place_);
  test::child waiter([&] {
    auto owner = things.lock();
    process::open_condition("more", place_, process::open_only)->wait(owner, [&] {
      return *owner != 0;
    });
    return 0;
  });
  test::await_asleep(waiter.pid());
  {
    auto owner = things.lock();
    *owner = 1;
  }
  more->notify_one();  // without the lock
  EXPECT_EQ(waiter.wait(), 0);
}

TEST_F(process_condition, waking_into_a_poisoned_mutex_throws_with_the_lock_held) {
  test::child waiter([this] {
    auto owner = shared_.lock();
    ++owner->waiters;
    try {
      owner->more.wait(owner);
    } catch (const process::poisoned&) {
      return owner.owns_lock() && owner.was_poisoned() ? 0 : 1;
    }
    return 2;
  });
  await_waiters(1);
  EXPECT_THROW(shared_.with([](box& data) {
    data.more.notify_all();
    throw std::runtime_error("left");
  }),
               std::runtime_error);
  EXPECT_EQ(waiter.wait(), 0);
}

TEST_F(process_condition, lies_in_data_that_are_neither_kept_twice_nor_read_from_a_file) {
  EXPECT_THROW(static_cast<void>(process::open<box>("b", place_, process::double_buffered)),
               process::error);
  EXPECT_THROW(static_cast<void>(process::open<box>("b", place_, process::engine::file)),
               process::error);
}

TEST_F(process_condition, a_wait_without_the_lock_and_one_by_a_fiber_are_refused) {
  auto owner = shared_.lock();
  condition& more = owner->more;
  owner.unlock();
  EXPECT_THROW(more.wait(owner), std::system_error);
  owner.lock();
  const test::fake_task fiber;
  EXPECT_THROW(more.wait(owner), process::error);
  EXPECT_TRUE(owner.owns_lock());
}

}  // namespace
