// SPDX-License-Identifier: BSL-1.0
// Threads and coroutines mixed on one mutex, condition, semaphore and queue: nobody is lost, and all
// counts are exact.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/coroutines.hpp"
#include "support/party.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/task.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::any_executor;
using test::coroutine;
using test::manual_executor;
using test::party;
using test::task;
using test::thread_pool;

constexpr unsigned threads = 2;
constexpr unsigned coroutines = 6;
constexpr unsigned players = threads + coroutines;

template <class Platform>
class coroutine_stress : public ::testing::Test {};
TYPED_TEST_SUITE(coroutine_stress, test::waiting_platforms, test::names_of_waiting_platforms);

// Runs `body(party, number)` in all of them at once: in coroutines of a pool, and then in threads.
template <class Body>
void run_mixed(const Body& body) {
  thread_pool pool(2);
  test::coroutine_group all;
  for (unsigned i = 0; i < coroutines; ++i)
    all.start(any_executor(pool), [&body, i](party who) { return body(who, i); });
  test::run_threads(threads, [&](unsigned i) { body(party(), coroutines + i).result(); });
  all.join();
}

TYPED_TEST(coroutine_stress, a_mutex) {
  const std::size_t rounds = test::scaled(100'000);
  mutex<std::size_t, basic_parking_lock<TypeParam>> count(0U);
  run_mixed([&](party who, unsigned) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = co_await who.lock(count);
      ++*owner;
    }
  });
  EXPECT_EQ(count.copy(), players * rounds);
}

// Some give up at any time; who has it counts.
TYPED_TEST(coroutine_stress, a_mutex_with_deadlines_and_stops) {
  const std::size_t rounds = test::scaled(5'000);
  mutex<std::size_t, basic_parking_lock<TypeParam>> count(0U);
  std::atomic<std::size_t> got{0};
  run_mixed([&](party who, unsigned me) -> task<> {
    test::random_numbers random(me);
    for (std::size_t i = 0; i < rounds; ++i) {
      std::stop_source stop;
      const auto until = deadline::in(std::chrono::microseconds(random.below(50)));
      std::jthread stops;
      if (i % 64 == 0) stops = std::jthread([&stop] { stop.request_stop(); });
      auto owner = co_await who.lock(count, until, stop.get_token());
      if (!owner) continue;
      ++*owner;
      got.fetch_add(1);
    }
  });
  EXPECT_EQ(count.copy(), got.load());
  EXPECT_TRUE(count.try_lock());
  EXPECT_EQ(test::queued_for(count), 0U);
}

// Each takes turns with all others: whose number it is.
TYPED_TEST(coroutine_stress, a_condition) {
  const std::size_t rounds = test::scaled(5'000);
  mutex<std::size_t, basic_parking_lock<TypeParam>> next(0U);
  basic_condition<TypeParam> changed;
  run_mixed([&](party who, unsigned me) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = co_await who.lock(next);
      const auto mine = [&owner, me] { return *owner % players == me; };
      co_await who.wait(changed, owner, mine);
      ++*owner;
      changed.notify_all();
    }
  });
  EXPECT_EQ(next.copy(), players * rounds);
}

TYPED_TEST(coroutine_stress, lock_when) {
  const std::size_t rounds = test::scaled(5'000);
  mutex<std::size_t, basic_parking_lock<TypeParam>> next(0U);
  run_mixed([&](party who, unsigned me) -> task<> {
    const auto mine = [me](std::size_t now) { return now % players == me; };
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = co_await who.lock_when(next, mine);
      ++*owner;
    }
  });
  EXPECT_EQ(next.copy(), players * rounds);
}

TYPED_TEST(coroutine_stress, a_semaphore) {
  const std::size_t rounds = test::scaled(50'000);
  basic_semaphore<TypeParam> permits(3);
  std::atomic<int> inside{0};
  run_mixed([&](party who, unsigned) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      const auto mine = co_await who.acquire(permits);
      EXPECT_LE(inside.fetch_add(1) + 1, 3);
      inside.fetch_sub(1);
    }
  });
  EXPECT_EQ(permits.available(), 3);
}

// Half of them push; the last of those closes it.
TYPED_TEST(coroutine_stress, a_queue) {
  const std::size_t count = test::scaled(50'000);
  basic_bounded_queue<std::size_t, TypeParam> queue(4);
  std::atomic<std::size_t> sum{0};
  std::atomic<unsigned> producers{players / 2};
  run_mixed([&](party who, unsigned me) -> task<> {
    if (me % 2 == 0) {
      for (std::size_t i = 1; i <= count; ++i) co_await who.push(queue, i);
      if (producers.fetch_sub(1) == 1) queue.close();
    } else {
      for (;;) {
        const std::optional<std::size_t> next = co_await who.pop(queue);
        if (!next) break;
        sum.fetch_add(*next);
      }
    }
  });
  EXPECT_EQ(sum.load(), players / 2 * (count * (count + 1) / 2));
}

// Coroutines that are destroyed wherever they are, by the thread that runs their executor, while
// others fight for the same things.
template <class Platform>
struct everything {
  mutex<std::size_t, basic_parking_lock<Platform>> count{0U};
  basic_condition<Platform> changed;
  basic_semaphore<Platform> permits{1};
  basic_semaphore<Platform> nothing{0};
};

template <class Things>
coroutine comes(Things& of, manual_executor& ex, std::uint64_t what, std::size_t& counted) {
  const auto until = deadline::in(std::chrono::microseconds(what % 100));
  if (what % 3 == 0) {
    const auto mine = co_await of.permits.acquire_permit_async(resume_on(ex));
    static_cast<void>(co_await of.nothing.acquire_async(until, resume_on(ex)));
  } else {
    auto owner = co_await of.count.lock_async(resume_on(ex));
    if (what % 3 == 1) {
      const auto how = co_await of.changed.wait_async(owner, until, resume_on(ex));
      if (!how) co_return;
    }
    ++*owner;
    ++counted;
    static_cast<void>(co_await of.nothing.acquire_async(until, resume_on(ex)));
    of.changed.notify_one();
  }
}

TYPED_TEST(coroutine_stress, destroyed_anywhere) {
  const std::size_t rounds = test::scaled(20'000);
  everything<TypeParam> of;
  std::array<std::size_t, threads> counted{};
  test::run_threads(threads + 1, [&](unsigned me) {
    if (me == threads) {
      for (std::size_t i = 0; i < rounds; ++i) {
        const auto mine = of.permits.acquire_permit();
        of.count.with([](std::size_t&) {});
        of.changed.notify_one();
        if (i % 16 == 0) of.changed.notify_all();
      }
      return;
    }
    test::random_numbers random(me);
    manual_executor ex;
    std::vector<std::optional<coroutine>> all(8);
    for (std::size_t i = 0; i < rounds; ++i) {
      std::optional<coroutine>& place = all[random.below(all.size())];
      place.reset();
      place.emplace(comes(of, ex, random.next(), counted[me]));
      if (random.below(2) == 0) ex.run_one();
    }
    all.clear();
    ex.run();
  });
  EXPECT_EQ(of.count.copy(), counted[0] + counted[1]);
  EXPECT_EQ(of.permits.available(), 1);
  EXPECT_EQ(test::queued_for(of.count), 0U);
  EXPECT_EQ(test::waiting_at(of.changed), 0U);
}

}  // namespace
}  // namespace holdfast
