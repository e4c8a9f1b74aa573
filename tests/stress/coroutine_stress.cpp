// SPDX-License-Identifier: BSL-1.0
// Threads and coroutines mixed on one mutex, condition, semaphore and queue: nobody is lost, and all
// counts are exact.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/coroutines.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::coroutine;
using test::detached;
using test::manual_executor;
using test::thread_pool;

constexpr unsigned threads = 2;
constexpr unsigned coroutines = 6;

template <class Platform>
class coroutine_stress : public ::testing::Test {};
TYPED_TEST_SUITE(coroutine_stress, test::waiting_platforms, test::names_of_waiting_platforms);

// The end of coroutines that belong to nobody.
class all_ended {
 public:
  void note() { ended_.release(); }
  void await(unsigned count) {
    for (unsigned i = 0; i < count; ++i) ended_.acquire();
  }

 private:
  std::counting_semaphore<> ended_{0};
};

template <class Mutex>
detached counts(thread_pool&, Mutex& count, std::size_t rounds, all_ended& ended) {
  for (std::size_t i = 0; i < rounds; ++i) {
    auto owner = co_await count.lock_async();
    ++*owner;
  }
  ended.note();
}

TYPED_TEST(coroutine_stress, a_mutex) {
  const std::size_t rounds = test::scaled(100'000);
  mutex<std::size_t, basic_parking_lock<TypeParam>> count(0U);
  all_ended ended;
  thread_pool pool(2);
  for (unsigned i = 0; i < coroutines; ++i) counts(pool, count, rounds, ended);
  test::run_threads(threads, [&] {
    for (std::size_t i = 0; i < rounds; ++i) ++*count.lock().operator->();
  });
  ended.await(coroutines);
  EXPECT_EQ(count.copy(), (threads + coroutines) * rounds);
}

// Some give up at any time; who has it counts.
template <class Mutex>
detached tries(thread_pool&, Mutex& count, std::size_t rounds, unsigned me,
               std::atomic<std::size_t>& got, all_ended& ended) {
  test::random_numbers random(me);
  for (std::size_t i = 0; i < rounds; ++i) {
    std::stop_source stop;
    const auto patience = std::chrono::microseconds(random.below(50));
    const auto until = deadline::in(patience);
    std::jthread stops;
    if (i % 64 == 0) stops = std::jthread([&stop] { stop.request_stop(); });
    auto owner = co_await count.lock_async(until, stop.get_token());
    if (!owner) continue;
    ++*owner;
    got.fetch_add(1);
  }
  ended.note();
}

TYPED_TEST(coroutine_stress, a_mutex_with_deadlines_and_stops) {
  const std::size_t rounds = test::scaled(5'000);
  mutex<std::size_t, basic_parking_lock<TypeParam>> count(0U);
  std::atomic<std::size_t> got{0};
  all_ended ended;
  thread_pool pool(2);
  for (unsigned i = 0; i < coroutines; ++i) tries(pool, count, rounds, i, got, ended);
  test::run_threads(threads, [&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      ++*count.lock().operator->();
      got.fetch_add(1);
    }
  });
  ended.await(coroutines);
  EXPECT_EQ(count.copy(), got.load());
  EXPECT_TRUE(count.try_lock());
  EXPECT_EQ(test::queued_for(count), 0U);
}

// Each takes turns with all others: whose number it is.
template <class Platform>
struct turns {
  mutex<std::size_t, basic_parking_lock<Platform>> next{0U};
  basic_condition<Platform> changed;
};

template <class Turns>
detached plays(thread_pool&, Turns& of, unsigned me, unsigned players, std::size_t rounds,
               all_ended& ended) {
  for (std::size_t i = 0; i < rounds; ++i) {
    auto owner = co_await of.next.lock_async();
    const auto mine = [&owner, me, players] { return *owner % players == me; };
    co_await of.changed.wait_async(owner, mine);
    ++*owner;
    of.changed.notify_all();
  }
  ended.note();
}

TYPED_TEST(coroutine_stress, a_condition) {
  const std::size_t rounds = test::scaled(5'000);
  constexpr unsigned players = threads + coroutines;
  turns<TypeParam> of;
  all_ended ended;
  thread_pool pool(2);
  for (unsigned i = 0; i < coroutines; ++i) plays(pool, of, i, players, rounds, ended);
  test::run_threads(threads, [&](unsigned i) {
    for (std::size_t r = 0; r < rounds; ++r) {
      auto owner = of.next.lock();
      of.changed.wait(owner, [&] { return *owner % players == coroutines + i; });
      ++*owner;
      of.changed.notify_all();
    }
  });
  ended.await(coroutines);
  EXPECT_EQ(of.next.copy(), players * rounds);
}

template <class Mutex>
detached plays_by_lock_when(thread_pool&, Mutex& next, unsigned me, unsigned players,
                            std::size_t rounds, all_ended& ended) {
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto mine = [me, players](std::size_t now) { return now % players == me; };
    auto owner = co_await next.lock_when_async(mine);
    ++*owner;
  }
  ended.note();
}

TYPED_TEST(coroutine_stress, lock_when) {
  const std::size_t rounds = test::scaled(5'000);
  constexpr unsigned players = threads + coroutines;
  mutex<std::size_t, basic_parking_lock<TypeParam>> next(0U);
  all_ended ended;
  thread_pool pool(2);
  for (unsigned i = 0; i < coroutines; ++i)
    plays_by_lock_when(pool, next, i, players, rounds, ended);
  test::run_threads(threads, [&](unsigned i) {
    for (std::size_t r = 0; r < rounds; ++r) {
      auto owner = next.lock_when([&](std::size_t now) { return now % players == coroutines + i; });
      ++*owner;
    }
  });
  ended.await(coroutines);
  EXPECT_EQ(next.copy(), players * rounds);
}

template <class Semaphore>
detached uses(thread_pool&, Semaphore& permits, std::atomic<int>& inside, std::size_t rounds,
              all_ended& ended) {
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto mine = co_await permits.acquire_permit_async();
    EXPECT_LE(inside.fetch_add(1) + 1, 3);
    inside.fetch_sub(1);
  }
  ended.note();
}

TYPED_TEST(coroutine_stress, a_semaphore) {
  const std::size_t rounds = test::scaled(50'000);
  basic_semaphore<TypeParam> permits(3);
  std::atomic<int> inside{0};
  all_ended ended;
  thread_pool pool(2);
  for (unsigned i = 0; i < coroutines; ++i) uses(pool, permits, inside, rounds, ended);
  test::run_threads(threads, [&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      const auto mine = permits.acquire_permit();
      EXPECT_LE(inside.fetch_add(1) + 1, 3);
      inside.fetch_sub(1);
    }
  });
  ended.await(coroutines);
  EXPECT_EQ(permits.available(), 3);
}

template <class Queue>
detached produces(thread_pool&, Queue& queue, std::size_t count, all_ended& ended) {
  for (std::size_t i = 1; i <= count; ++i) co_await queue.push_async(i);
  ended.note();
}

template <class Queue>
detached consumes(thread_pool&, Queue& queue, std::atomic<std::size_t>& sum, all_ended& ended) {
  for (;;) {
    const std::optional<std::size_t> next = co_await queue.pop_async();
    if (!next) break;
    sum.fetch_add(*next);
  }
  ended.note();
}

TYPED_TEST(coroutine_stress, a_queue) {
  const std::size_t count = test::scaled(50'000);
  basic_bounded_queue<std::size_t, TypeParam> queue(4);
  std::atomic<std::size_t> sum{0};
  all_ended produced;
  all_ended consumed;
  thread_pool pool(2);
  for (unsigned i = 0; i < 3; ++i) produces(pool, queue, count, produced);
  for (unsigned i = 0; i < 3; ++i) consumes(pool, queue, sum, consumed);
  test::run_threads(2, [&](unsigned me) {
    if (me == 0) {
      for (std::size_t i = 1; i <= count; ++i) queue.push(i);
      produced.await(3);
      queue.close();
    } else {
      while (const std::optional<std::size_t> next = queue.pop()) sum.fetch_add(*next);
    }
  });
  consumed.await(3);
  EXPECT_EQ(sum.load(), 4 * (count * (count + 1) / 2));
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
