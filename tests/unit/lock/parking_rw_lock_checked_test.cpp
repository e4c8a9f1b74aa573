// SPDX-License-Identifier: BSL-1.0
// A checked build ends a program that misuses a reader-writer lock, with a message.
#include <cstdlib>
#include <memory>
#include <shared_mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/lock/parking_rw_lock.hpp"

#include "support/unanalysed.hpp"

namespace {

using lock_type =
    holdfast::basic_parking_rw_lock<holdfast::platform::checked<holdfast::platform::native>>;

class checked_rw_lock_DeathTest : public testing::Test {
 protected:
  // A death test starts the program anew: this one has threads.
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }

  static std::string message(const std::string& what, const std::string& remedy) {
    return "holdfast: .*" + what + ".*\\(parking_rw_lock at 0x\\w+\\)\\. .*" + remedy;
  }
};

void read_many_times(lock_type& lock) {
  for (int i = 0; i < 1'000; ++i) {
    lock.lock_shared();
    lock.unlock_shared();
  }
}

TEST_F(checked_rw_lock_DeathTest, a_reader_that_waits_to_write_ends_the_program) {
  const auto misuse = [](bool in_a_slot) {
    lock_type lock;
    if (in_a_slot) read_many_times(lock);
    lock.lock_shared();
    lock.lock();
  };
  const auto expected = message("reads and wants to write", "take an upgrade guard");
  EXPECT_DEATH(misuse(false), expected);
  EXPECT_DEATH(misuse(true), expected);
}

TEST_F(checked_rw_lock_DeathTest, a_reader_that_upgrades_beside_itself_ends_the_program) {
  EXPECT_DEATH(
      {
        lock_type lock;
        lock.lock_upgrade();
        lock.lock_shared();
        lock.unlock_upgrade_and_lock();
      },
      message("reads and wants to write", "Release the shared guard"));
}

TEST_F(checked_rw_lock_DeathTest, a_writer_that_waits_to_read_ends_the_program) {
  EXPECT_DEATH(
      {
        lock_type lock;
        lock.lock();
        lock.lock_shared();
      },
      message("already owns", "Release the guard first"));
}

TEST_F(checked_rw_lock_DeathTest, locking_upgradable_twice_ends_the_program) {
  EXPECT_DEATH(
      {
        lock_type lock;
        lock.lock_upgrade();
        lock.lock_upgrade();
      },
      message("already owns", "Release the guard first"));
}

TEST_F(checked_rw_lock_DeathTest, unlocking_what_nobody_reads_ends_the_program) {
  EXPECT_DEATH(
      {
        lock_type lock;
        lock.unlock_shared();
      },
      message("does not read", "Let the thread that locked it unlock it"));
  EXPECT_DEATH(
      {
        lock_type lock;
        read_many_times(lock);
        lock.lock_shared();
        lock.unlock_shared();
        lock.unlock_shared();
      },
      message("does not read", "Let the thread that locked it unlock it"));
}

TEST_F(checked_rw_lock_DeathTest, unlocking_upgradable_what_nobody_holds_so_ends_the_program) {
  EXPECT_DEATH(
      {
        lock_type lock;
        lock.unlock_upgrade();
      },
      message("nobody owns", "Let the thread that locked it unlock it"));
}

TEST_F(checked_rw_lock_DeathTest, destroying_a_lock_that_is_read_ends_the_program) {
  const auto misuse = [](bool in_a_slot) {
    const auto lock = std::make_unique<lock_type>();
    if (in_a_slot) read_many_times(*lock);
    lock->lock_shared();
  };
  const auto expected = message("destroyed while somebody reads", "Let every guard end before");
  EXPECT_DEATH(misuse(false), expected);
  EXPECT_DEATH(misuse(true), expected);
}

TEST_F(checked_rw_lock_DeathTest, a_static_lock_that_is_read_at_exit_is_no_error) {
  EXPECT_EXIT(
      {
        static lock_type lock;
        lock.lock_shared();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

TEST(checked_rw_lock, correct_use_is_no_error) {
  lock_type lock;
  for (int i = 0; i < 3; ++i) {
    {
      const std::shared_lock outer(lock);
      const std::shared_lock inner(lock);
      EXPECT_FALSE(lock.try_lock());
    }
    lock.lock_upgrade();
    lock.unlock_upgrade_and_lock();
    lock.unlock_and_lock_upgrade();
    std::thread([&] {
      EXPECT_TRUE(lock.try_lock_shared());
      lock.unlock_shared();
    }).join();
    ASSERT_TRUE(lock.try_unlock_upgrade_and_lock());
    lock.unlock_and_lock_shared();
    lock.unlock_shared();
    lock.lock_upgrade();
    lock.unlock_upgrade_and_lock_shared();
    lock.unlock_shared();
    lock.lock();
    lock.unlock();
  }
}

}  // namespace
