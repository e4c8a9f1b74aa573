// SPDX-License-Identifier: BSL-1.0
// What a shared_mutex between processes promises while nobody is killed.
#include "holdfast/process/shared_mutex.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/process/condition.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/counting_clock.hpp"
#include "support/emulated.hpp"
#include "support/fake_task.hpp"
#include "support/own_directory.hpp"

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct pair {
  long left = 3;
  long right = 3;
};
using shared = process::shared_mutex<pair>;
using reader = process::shared_guard<pair>;

class process_shared_mutex : public ::testing::Test {
 protected:
  shared open() const {
    return process::open_shared<pair>("pair", process::in_directory{directory_.path()});
  }
  // In another process, as threads of this one share what belongs to a thread.
  template <class F>
  static int elsewhere(F f) {
    return test::child(f).wait();
  }
  bool may_read() {
    return elsewhere([this] { return book_.try_lock_shared(even_if_poisoned) ? 1 : 0; }) == 1;
  }
  bool may_write() {
    return elsewhere([this] { return book_.try_lock(even_if_poisoned) ? 1 : 0; }) == 1;
  }

  test::own_directory directory_;
  shared book_ = open();
};

TEST_F(process_shared_mutex, has_many_readers_or_one_writer) {
  {
    const reader mine = book_.lock_shared();
    EXPECT_EQ(mine->left, 3);
    EXPECT_TRUE(may_read());
    EXPECT_FALSE(may_write());
  }
  {
    const auto owner = book_.lock();
    EXPECT_FALSE(may_read());
    EXPECT_FALSE(may_write());
    EXPECT_EQ(owner.token(), 1U);
  }
  EXPECT_TRUE(may_write());
}

TEST_F(process_shared_mutex, what_a_writer_wrote_readers_of_other_processes_read) {
  book_.set(pair{5, 6});
  EXPECT_EQ(elsewhere([this] {
              shared other = open();
              return other.with_shared([](const pair& p) { return p.left + p.right; }) == 11 ? 0
                                                                                             : 1;
            }),
            0);
  EXPECT_EQ(book_.copy().right, 6);
}

TEST_F(process_shared_mutex, more_read_at_once_than_there_are_seats) {
  const test::line go_home, is_in;
  std::vector<test::child> readers;
  for (int i = 0; i < 32; ++i) {
    readers.emplace_back([&] {
      const reader mine = book_.lock_shared();
      is_in.say();
      return go_home.hear() == '!' ? 0 : 1;
    });
    ASSERT_EQ(is_in.hear(), '!') << i;
  }
  EXPECT_FALSE(may_read()) << "one more has to wait";
  EXPECT_FALSE(may_write());
  for (std::size_t i = 0; i < readers.size(); ++i) go_home.say();
  for (test::child& one : readers) EXPECT_EQ(one.wait(), 0);
  EXPECT_TRUE(may_write());
}

TEST_F(process_shared_mutex, newcomers_wait_for_a_writer_that_waits) {
  std::optional<test::child> writer;
  {
    const reader mine = book_.lock_shared();
    writer.emplace([this] {
      book_.lock()->left = 9;
      return 0;
    });
    while (may_read()) ::usleep(50);
  }
  EXPECT_EQ(writer->wait(), 0);
  EXPECT_EQ(book_.lock_shared()->left, 9);
}

TEST_F(process_shared_mutex, a_writer_that_gives_up_lets_the_readers_in) {
  const reader mine = book_.lock_shared();
  EXPECT_EQ(elsewhere([this] { return book_.try_lock_for(1ms) ? 1 : 0; }), 0);
  EXPECT_TRUE(may_read());
}

TEST_F(process_shared_mutex, waits_of_readers_end_at_their_deadline) {
  const auto owner = book_.lock();
  EXPECT_EQ(elsewhere([this] {
              const bool came =
                  book_.try_lock_shared() || book_.try_lock_shared_for(1ms) ||
                  book_.try_lock_shared_until(deadline::in(1ms)) ||
                  book_.try_lock_shared_until(std::chrono::system_clock::now() + 1ms) ||
                  book_.try_lock_shared_until(test::counting_clock::now() + 5ms) ||
                  book_.try_lock_shared_for(1ms, even_if_poisoned) ||
                  book_.try_lock_shared_until(deadline::in(1ms), std::stop_source().get_token());
              return came ? 1 : 0;
            }),
            0);
}

TEST_F(process_shared_mutex, a_stop_ends_the_wait_of_a_reader) {
  const auto owner = book_.lock();
  std::stop_source stop;
  std::atomic<pid_t> waits{0};
  std::thread waiter([&] {
    waits = ::gettid();
    EXPECT_FALSE(book_.lock_shared(stop.get_token()));
    EXPECT_FALSE(book_.lock_shared(stop.get_token(), even_if_poisoned));
  });
  while (waits == 0) ::usleep(50);
  test::await_asleep(waits);
  stop.request_stop();
  waiter.join();
}

TEST_F(process_shared_mutex, a_guard_may_be_released_and_locked_again) {
  reader mine = book_.lock_shared();
  mine.unlock();
  EXPECT_FALSE(mine);
  EXPECT_TRUE(may_write());
  mine.lock();
  EXPECT_TRUE(mine);
  EXPECT_FALSE(may_write());
}

TEST_F(process_shared_mutex, a_writer_that_leaves_by_an_exception_poisons_and_a_reader_does_not) {
  EXPECT_THROW(book_.with_shared([](const pair&) { throw std::runtime_error("left"); }),
               std::runtime_error);
  EXPECT_FALSE(book_.is_poisoned());
  EXPECT_THROW(book_.with([](pair&) { throw std::runtime_error("left"); }), std::runtime_error);
  EXPECT_TRUE(book_.is_poisoned());
  EXPECT_THROW(static_cast<void>(book_.lock_shared()), process::poisoned);
  EXPECT_THROW(static_cast<void>(book_.try_lock_shared()), process::poisoned);
  EXPECT_TRUE(book_.lock_shared(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(may_write()) << "who was refused holds nothing";
  static_cast<void>(book_.lock_or_repair([](pair& broken) { broken = {}; }));
  EXPECT_FALSE(book_.lock_shared().was_poisoned());
}

TEST_F(process_shared_mutex, a_writer_that_locks_again_is_told) {
  const auto owner = book_.lock();
  EXPECT_THROW(static_cast<void>(book_.lock_shared()), process::error);
  EXPECT_THROW(static_cast<void>(book_.lock()), process::error);
}

// Refused, with the name of the lock and what to do.
template <class Lock>
void expect_told_that_it_reads(Lock lock) {
  try {
    static_cast<void>(lock());
    ADD_FAILURE() << "locked again";
  } catch (const process::error& refused) {
    EXPECT_EQ(refused.why(), process::cause::would_deadlock);
    EXPECT_THAT(refused.what(), HasSubstr("\"pair\""));
    EXPECT_THAT(refused.what(), HasSubstr("End the shared_guard first"));
  }
}

TEST_F(process_shared_mutex, a_reader_that_locks_again_is_told_whatever_it_waits_with) {
  HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  const std::stop_token stop = std::stop_source().get_token();
  {
    const reader mine = book_.lock_shared();
    const shared another_opening = open();
    expect_told_that_it_reads([&] { return book_.lock_shared(); });
    expect_told_that_it_reads([&] { return book_.lock_shared(stop); });
    expect_told_that_it_reads([&] { return book_.try_lock_shared_for(1h, even_if_poisoned); });
    expect_told_that_it_reads([&] { return book_.lock(); });
    expect_told_that_it_reads([&] { return book_.try_lock_for(1h); });
    expect_told_that_it_reads([&] { return another_opening.lock_shared(); });
    EXPECT_FALSE(book_.try_lock()) << "who does not wait is not refused";
    EXPECT_TRUE(book_.try_lock_shared());
    EXPECT_EQ(mine->left, 3);
    EXPECT_TRUE(may_read());
    EXPECT_FALSE(may_write());
  }
  EXPECT_TRUE(may_write());
  EXPECT_TRUE(book_.lock_shared());
}

TEST_F(process_shared_mutex, a_reader_of_one_may_lock_another) {
  shared other = process::open_shared<pair>("other", process::in_directory{directory_.path()});
  const reader mine = book_.lock_shared();
  const reader of_other = other.lock_shared();
  EXPECT_TRUE(of_other);
}

TEST_F(process_shared_mutex, other_threads_and_the_child_of_a_fork_may_lock_beside_a_reader) {
  const reader mine = book_.lock_shared();
  std::thread([&] { EXPECT_TRUE(book_.lock_shared()); }).join();
  EXPECT_EQ(elsewhere([&] { return book_.lock_shared() ? 0 : 1; }), 0);
}

TEST_F(process_shared_mutex, a_fiber_is_refused) {
  const test::fake_task fiber;
  EXPECT_THROW(static_cast<void>(book_.lock_shared()), process::error);
  EXPECT_THROW(static_cast<void>(book_.try_lock_shared()), process::error);
  EXPECT_THROW(static_cast<void>(book_.lock()), process::error);
}

TEST_F(process_shared_mutex, is_no_mutex_and_takes_no_other_engine) {
  const process::in_directory place{directory_.path()};
  EXPECT_THROW(static_cast<void>(process::open<pair>("pair", place)), process::error);
  EXPECT_THROW(static_cast<void>(process::open_shared<long>("pair", place)), process::error);
  EXPECT_THROW(static_cast<void>(process::open_shared<pair>("b", place, process::engine::file)),
               process::error);
  EXPECT_THROW(static_cast<void>(process::open_shared<pair>("b", place, process::double_buffered)),
               process::error);
}

TEST_F(process_shared_mutex, the_child_of_a_fork_holds_nothing) {
  const std::unique_ptr<reader> mine(new reader(book_.lock_shared()));
  EXPECT_EQ(elsewhere([&] {
              mine->unlock();
              return book_.try_lock() ? 1 : 0;
            }),
            0);
  EXPECT_TRUE(*mine);
}

TEST_F(process_shared_mutex, a_condition_waits_with_guards_of_both_kinds) {
  const auto more = process::open_condition("more", process::in_directory{directory_.path()});
  test::child waiting_reader([&] {
    reader mine = book_.lock_shared();
    more->wait(mine, [&] { return mine->left == 7; });
    return 0;
  });
  test::await_asleep(waiting_reader.pid());
  {
    const auto owner = book_.lock();
    owner->left = 7;
    more->notify_all();
  }
  EXPECT_EQ(waiting_reader.wait(), 0);
}

}  // namespace
