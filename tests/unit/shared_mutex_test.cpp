// SPDX-License-Identifier: BSL-1.0
// The mutex that many may read: its readers, its poison, its guards.
#include "holdfast/shared_mutex.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/parked.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::leaving;

struct two {
  int left = 0;
  int right = 0;
  int& left_of() { return left; }
};

constinit shared_mutex<two> constant_initialised;
static_assert(
    std::is_trivially_destructible_v<shared_mutex<int, basic_parking_rw_lock<platform::native>>>);
static_assert(!std::is_copy_constructible_v<shared_mutex<int>>);
static_assert(!std::is_copy_constructible_v<shared_mutex<int>::shared_guard_type>);
static_assert(
    std::is_same_v<decltype(*std::declval<shared_mutex<int>::shared_guard_type&>()), const int&>);

TEST(shared_mutex, many_read_and_one_writes) {
  shared_mutex m(5);
  {
    const auto a = m.lock_shared();
    const auto b = m.try_lock_shared();
    ASSERT_TRUE(b);
    EXPECT_EQ(*a + *b, 10);
    EXPECT_FALSE(m.try_lock());
    const shared_mutex<int>& only_read = m;
    EXPECT_EQ(*only_read.lock_shared().operator->(), 5);
  }
  {
    auto w = m.lock();
    *w = 6;
    bool got = true;
    std::thread([&] { got = static_cast<bool>(m.try_lock_shared()); }).join();
    EXPECT_FALSE(got);
  }
  EXPECT_EQ(m.with_shared([](const int& n) { return n; }), 6);
  EXPECT_EQ(m.copy(), 6);
  m.with([](int& n) { ++n; });
  EXPECT_EQ(std::move(m).into_inner(), 7);
}

TEST(shared_mutex, constructs_as_mutex_does) {
  constant_initialised.lock()->left = 1;
  shared_mutex<std::string> text(std::in_place, std::size_t{3}, 'x');
  EXPECT_EQ(text.copy(), "xxx");
  shared_mutex<std::vector<int>> numbers(std::vector<int>{1, 2});
  EXPECT_EQ(numbers.lock_shared()->size(), 2U);
  EXPECT_EQ(numbers.replace(std::vector<int>{}).size(), 2U);
}

TEST(shared_mutex, a_writer_that_leaves_by_an_exception_poisons) {
  shared_mutex<two> m;
  test::leave_by_exception(m);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_THROW(static_cast<void>(m.lock_shared()), poisoned);
  EXPECT_THROW(static_cast<void>(m.try_lock_shared()), poisoned);
  EXPECT_THROW(static_cast<void>(m.try_lock_shared_for(1ms)), poisoned);
  EXPECT_THROW(static_cast<void>(m.lock_upgrade()), poisoned);
  EXPECT_THROW(m.with_shared([](const two&) {}), poisoned);
  EXPECT_THROW(static_cast<void>(m.copy()), poisoned);
  EXPECT_TRUE(m.lock_shared(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(m.lock_upgrade(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(test::is_free(m));
  static_cast<void>(m.lock_or_repair([](two& t) { t = {}; }));
  EXPECT_FALSE(m.lock_shared(even_if_poisoned).was_poisoned());
}

TEST(shared_mutex, a_projected_writer_poisons_too) {
  shared_mutex<two> m;
  EXPECT_THROW(
      {
        const auto part = project(m.lock(), &two::left);
        throw leaving();
      },
      leaving);
  EXPECT_TRUE(m.is_poisoned());
}

TEST(shared_mutex, a_reader_never_poisons) {
  shared_mutex<two> m;
  const auto leave = [&](auto make_guard) {
    try {
      const auto owner = make_guard();
      throw leaving();
    } catch (const leaving&) {
    }
  };
  leave([&] { return m.lock_shared(); });
  leave([&] { return project(m.lock_shared(), &two::left); });
  leave([&] { return m.lock_upgrade(); });
  EXPECT_THROW(m.with_shared([](const two&) { throw leaving(); }), leaving);
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(test::is_free(m));
}

TEST(shared_mutex, an_exception_in_the_projection_of_a_reader_unlocks_and_does_not_poison) {
  shared_mutex<two> m;
  auto reader = m.lock_shared();
  EXPECT_THROW(static_cast<void>(
                   project(std::move(reader), [](const two&) -> const int& { throw leaving(); })),
               leaving);
  EXPECT_FALSE(reader);
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(test::is_free(m));
}

TEST(shared_mutex, a_projected_reader_keeps_writers_out_until_it_ends) {
  shared_mutex<two> m(two{1, 2});
  {
    auto whole = m.lock_shared();
    const auto part = project(std::move(whole), &two::right);
    EXPECT_FALSE(whole);
    EXPECT_EQ(*part, 2);
    EXPECT_FALSE(m.try_lock());
    const auto again =
        project(project(m.lock_shared(), [](const two& t) -> const two& { return t; }), &two::left);
    EXPECT_EQ(*again, 1);
  }
  EXPECT_TRUE(test::is_free(m));
}

TEST(shared_mutex, a_guard_of_a_reader_unlocks_and_locks_again) {
  shared_mutex<two> m;
  auto reader = m.lock_shared();
  reader.unlock();
  EXPECT_FALSE(reader);
  EXPECT_TRUE(test::is_free(m));
  reader.lock();
  EXPECT_FALSE(m.try_lock());
  reader.lock();  // nothing more
  reader.unlock();
  ASSERT_TRUE(reader.try_lock());
  reader.unlock();
  {
    const auto writer = m.lock();
    bool got = true;
    std::thread([&] { got = reader.try_lock(); }).join();
    EXPECT_FALSE(got);
  }
  test::leave_by_exception(m);
  EXPECT_THROW(reader.lock(), poisoned);
  EXPECT_TRUE(reader);  // held all the same
  EXPECT_TRUE(reader.was_poisoned());
  reader.unlock();
  reader.lock();  // knows
}

TEST(shared_mutex, guards_of_readers_move) {
  shared_mutex a(1);
  shared_mutex b(2);
  auto one = a.lock_shared();
  auto other = b.lock_shared();
  one = std::move(other);
  EXPECT_EQ(*one, 2);
  EXPECT_TRUE(test::is_free(a));
  EXPECT_FALSE(b.try_lock());
  const auto last = std::move(one);
  EXPECT_FALSE(b.try_lock());
}

// In slots and counted, noted and not: more at once than a thread has slots.
TEST(shared_mutex, a_reader_may_be_unlocked_by_another_thread) {
  for (const int reads_before : {0, 1'000}) {
    shared_mutex m(1);
    for (int i = 0; i < reads_before; ++i) static_cast<void>(m.copy());
    std::vector<shared_mutex<int>::shared_guard_type> readers;
    std::thread([&] {
      for (int i = 0; i < 20; ++i) readers.push_back(m.lock_shared());
    }).join();
    for (int i = 0; i < 5; ++i) readers.push_back(m.lock_shared());
    std::thread([&, mine = std::move(readers)]() mutable {
      while (!mine.empty()) {
        EXPECT_FALSE(m.try_lock());
        mine.pop_back();
      }
    }).join();
    EXPECT_TRUE(test::is_free(m));
  }
}

// The thread that locked reads on beside a waiting writer, or not, depending on who is first.
TEST(shared_mutex, a_reader_that_is_unlocked_elsewhere_while_its_thread_reads_again) {
  shared_mutex<two> m;
  std::atomic<std::size_t> torn{0};
  const std::size_t rounds = test::scaled(2'000);
  for (std::size_t i = 0; i < rounds; ++i) {
    if (i % 4 == 0)
      for (int n = 0; n < 200; ++n) static_cast<void>(m.copy());
    auto reader = m.lock_shared();
    std::thread writes([&] {
      const auto w = m.lock();
      ++w->left;
      std::this_thread::yield();
      ++w->right;
    });
    std::thread unlocks([moved = std::move(reader)]() mutable { moved.unlock(); });
    for (int n = 0; n < 3; ++n)
      m.with_shared([&](const two& t) { torn.fetch_add(t.left != t.right ? 1 : 0); });
    writes.join();
    unlocks.join();
  }
  EXPECT_EQ(torn.load(), 0U);
  EXPECT_TRUE(test::is_free(m));
}

TEST(shared_mutex, waits_of_readers_end_by_deadline_and_stop) {
  shared_mutex m(1);
  const auto writer = m.lock();
  std::stop_source stop;
  std::thread([&] {
    EXPECT_FALSE(m.try_lock_shared_for(1ms));
    EXPECT_FALSE(m.try_lock_shared_for(0ms, even_if_poisoned));
    EXPECT_FALSE(m.try_lock_shared_until(std::chrono::system_clock::now()));
    EXPECT_FALSE(m.try_lock_shared_until(deadline::already_past()));
    EXPECT_FALSE(m.try_lock_shared_until(deadline::in(1ms), stop.get_token()));
    EXPECT_FALSE(m.try_lock_upgrade_for(1ms));
    EXPECT_FALSE(m.try_lock_upgrade_until(deadline::in(1ms), stop.get_token()));
    stop.request_stop();
    EXPECT_FALSE(m.lock_shared(stop.get_token()));
    EXPECT_FALSE(m.lock_upgrade(stop.get_token()));
  }).join();
}

TEST(shared_mutex, works_with_the_condition_variable_of_the_standard) {
  shared_mutex m(false);
  std::condition_variable_any changed;
  std::thread reads([&] {
    auto reader = m.lock_shared();
    changed.wait(reader, [&] { return *reader; });
    EXPECT_TRUE(*reader);
  });
  m.set(true);
  while (!m.copy()) {
  }
  // The waiter may be between its look and its sleep, so it is called until it has gone.
  std::atomic<bool> over{false};
  std::thread calls([&] {
    while (!over.load()) {
      changed.notify_all();
      std::this_thread::yield();
    }
  });
  reads.join();
  over.store(true);
  calls.join();
}

TEST(shared_mutex, lock_all_takes_writers) {
  shared_mutex a(1);
  mutex b(2);
  const shared_mutex c(3);
  {
    auto [x, y, z] = lock_all(a, b, c);
    *x = *y + *z;
    EXPECT_FALSE(a.try_lock());
  }
  EXPECT_EQ(a.copy(), 5);
}

TEST(shared_mutex, takes_the_lock_of_the_standard) {
  shared_mutex<int, std::shared_mutex> m(1);
  {
    const auto reader = m.lock_shared();
    const auto other = m.try_lock_shared();
    ASSERT_TRUE(other);
    EXPECT_EQ(*reader, 1);
  }
  m.set(2);
  shared_mutex<int, std::shared_timed_mutex> timed(1);
  EXPECT_TRUE(timed.try_lock_shared_for(1ms));
  EXPECT_EQ(m.copy(), 2);
}

TEST(shared_mutex, ten_threads_read_and_write_at_random) {
  shared_mutex<two> m;
  std::atomic<std::size_t> torn{0};
  std::atomic<int> written{0};
  const std::size_t rounds = test::scaled(10'000);
  test::run_threads(10, [&](unsigned index) {
    test::random_numbers random(index);
    for (std::size_t i = 0; i < rounds; ++i) {
      if (random.below(10) == 0) {
        const auto w = m.lock();
        ++w->left;
        if (random.below(4) == 0) std::this_thread::yield();
        ++w->right;
        written.fetch_add(1);
      } else {
        const auto r = m.lock_shared();
        if (r->left != r->right) torn.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(torn.load(), 0U);
  EXPECT_EQ(m.copy().left, written.load());
}

}  // namespace
}  // namespace holdfast
