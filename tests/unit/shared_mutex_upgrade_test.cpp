// SPDX-License-Identifier: BSL-1.0
// From reading to writing and back, with no writer in between.
#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/shared_mutex.hpp"

#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "unit/lock/rw_lock_fixture.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;

TEST(upgrade, one_reader_beside_the_others_becomes_the_writer) {
  shared_mutex m(1);
  auto reserved = m.lock_upgrade();
  EXPECT_EQ(*reserved, 1);
  {
    bool others = false;
    std::thread([&] {
      others = m.try_lock_shared() && !m.try_lock_upgrade() && !m.try_lock();
    }).join();
    EXPECT_TRUE(others);
  }
  auto writer = upgrade(std::move(reserved));
  EXPECT_FALSE(reserved);
  *writer = 2;
  bool got = true;
  std::thread([&] { got = static_cast<bool>(m.try_lock_shared()); }).join();
  EXPECT_FALSE(got);
  writer.unlock();
  EXPECT_EQ(m.copy(), 2);
}

TEST(upgrade, a_try_that_fails_leaves_the_reader_as_it_was) {
  for (const int reads_before : {0, 1'000}) {
    shared_mutex m(1);
    for (int i = 0; i < reads_before; ++i) static_cast<void>(m.copy());
    auto reserved = m.lock_upgrade();
    std::optional reader(m.lock_shared());
    std::stop_source stop;
    // In a thread of its own, as its wait for a reader of the same thread would be a mistake.
    std::thread([&] {
      EXPECT_FALSE(try_upgrade(std::move(reserved)));
      EXPECT_FALSE(try_upgrade_for(std::move(reserved), 1ms));
      EXPECT_FALSE(try_upgrade_until(std::move(reserved), deadline::already_past()));
      EXPECT_FALSE(try_upgrade_until(std::move(reserved), std::chrono::steady_clock::now()));
      EXPECT_FALSE(
          try_upgrade_until(std::move(reserved), deadline::after(1'000), stop.get_token()));
      stop.request_stop();
      EXPECT_FALSE(upgrade(std::move(reserved), stop.get_token()));
    }).join();
    ASSERT_TRUE(reserved);  // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_EQ(*reserved, 1);
    EXPECT_FALSE(m.try_lock_upgrade());
    EXPECT_TRUE(m.try_lock_shared());
    reader.reset();
    const auto writer = try_upgrade(std::move(reserved));
    ASSERT_TRUE(writer);
    EXPECT_FALSE(reserved);
  }
}

TEST(upgrade, comes_before_writers_that_wait) {
  shared_mutex m(1);
  auto reserved = m.lock_upgrade();
  std::atomic<int> seen{0};
  std::thread waits([&] {
    auto writer = m.lock();
    seen.store(*writer);
    *writer = 3;
  });
  test::await_waiters(detail::mutex_access::lock_of(m), 1);
  auto writer = upgrade(std::move(reserved));
  EXPECT_EQ(seen.load(), 0);
  *writer = 2;
  writer.unlock();
  waits.join();
  EXPECT_EQ(seen.load(), 2);
  EXPECT_EQ(m.copy(), 3);
}

TEST(upgrade, waits_for_the_readers_and_keeps_new_ones_out) {
  shared_mutex m(1);
  auto& lock = detail::mutex_access::lock_of(m);
  std::optional reader(m.lock_shared());
  std::atomic<bool> wrote{false};
  std::thread upgrades([&] {
    auto writer = upgrade(m.lock_upgrade());
    *writer = 2;
    wrote.store(true);
  });
  await([&] { return test::is_closed(lock); });
  bool got = true;
  std::thread([&] { got = static_cast<bool>(m.try_lock_shared()); }).join();
  EXPECT_FALSE(got);
  EXPECT_EQ(**reader, 1);
  EXPECT_FALSE(wrote.load());
  reader.reset();
  upgrades.join();
  EXPECT_EQ(m.copy(), 2);
}

TEST(upgrade, of_an_empty_guard_is_refused) {
  shared_mutex<int>::upgrade_guard_type empty;
  EXPECT_THROW(static_cast<void>(upgrade(std::move(empty))), std::system_error);
  shared_mutex<int>::guard_type no_writer;
  EXPECT_THROW(static_cast<void>(downgrade(std::move(no_writer))), std::system_error);
}

TEST(downgrade, lets_no_writer_in_between) {
  shared_mutex m(0);
  const std::size_t rounds = test::scaled(20'000);
  std::atomic<std::size_t> disturbed{0};
  test::run_threads(4, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds / 4; ++i) {
      auto writer = m.lock();
      const int mine = ++*writer;
      if (index == 0) {
        const auto reserved = downgrade_to_upgrade(std::move(writer));
        if (*reserved != mine) disturbed.fetch_add(1);
      } else if (index == 1) {
        const auto reader = downgrade(downgrade_to_upgrade(std::move(writer)));
        if (*reader != mine) disturbed.fetch_add(1);
      } else {
        const auto reader = downgrade(std::move(writer));
        if (*reader != mine) disturbed.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(disturbed.load(), 0U);
  EXPECT_EQ(static_cast<std::size_t>(m.copy()), rounds / 4 * 4);
}

TEST(downgrade, lets_waiting_readers_in_at_once) {
  shared_mutex m(1);
  auto& lock = detail::mutex_access::lock_of(m);
  auto writer = m.lock();
  test::reader reads(lock);
  test::await_waiters(lock, 1);
  *writer = 2;
  const auto reader = downgrade(std::move(writer));
  EXPECT_FALSE(writer);
  reads.await_held();
  EXPECT_EQ(*reader, 2);
  EXPECT_FALSE(m.try_lock());
}

TEST(downgrade, of_an_upgradable_lets_a_waiting_one_in) {
  shared_mutex m(1);
  auto& lock = detail::mutex_access::lock_of(m);
  auto reserved = m.lock_upgrade();
  test::upgrader waits(lock);
  test::await_waiters(lock, 1);
  const auto reader = downgrade(std::move(reserved));
  waits.await_held();
  EXPECT_EQ(*reader, 1);
}

TEST(downgrade, keeps_the_part_of_a_projection) {
  struct two {
    int left = 1;
    int right = 2;
  };
  shared_mutex<two> m;
  auto part = project(m.lock(), &two::right);
  *part = 3;
  const auto reader = downgrade(std::move(part));
  EXPECT_EQ(*reader, 3);
  EXPECT_TRUE(m.try_lock_shared());
}

struct downgrades_when_destroyed {
  shared_mutex<int>::guard_type writer;
  ~downgrades_when_destroyed() { static_cast<void>(downgrade(std::move(writer))); }
};

TEST(downgrade, while_unwinding_poisons_as_unlock_does) {
  shared_mutex m(1);
  EXPECT_THROW(
      {
        const downgrades_when_destroyed last{m.lock()};
        throw test::leaving();
      },
      test::leaving);
  EXPECT_TRUE(m.is_poisoned());
}

// Read, decide, write: without upgrades somebody would come in between.
TEST(upgrade, loses_no_increment_that_was_decided_while_reading) {
  shared_mutex m(0);
  const std::size_t rounds = test::scaled(10'000);
  test::run_threads(4, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      auto reserved = m.lock_upgrade();
      const int read = *reserved;
      if (index % 2 == 0 || i % 3 == 0) {
        auto writer = upgrade(std::move(reserved));
        *writer = read + 1;
        continue;
      }
      for (;;) {
        if (auto writer = try_upgrade_for(std::move(reserved), 10us)) {
          *writer = read + 1;
          break;
        }
      }
    }
  });
  EXPECT_EQ(static_cast<std::size_t>(m.copy()), 4 * rounds);
}

}  // namespace
}  // namespace holdfast
