// SPDX-License-Identifier: BSL-1.0
// Boost's fibers, holdfast's and plain threads wait for each other, and nobody is lost.
#include "holdfast/fiber/boost_fiber.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <boost/fiber/algo/shared_work.hpp>
#include <boost/fiber/fiber.hpp>
#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/semaphore.hpp"

#include "parked.hpp"
#include "run_threads.hpp"
#include "scale.hpp"

namespace holdfast::fiber {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::scaled;

// A thread of its own for each test, so that its Boost scheduler is new and ends with it.
class boost_fiber : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::under_thread_sanitizer)
      GTEST_SKIP() << "Boost.Fiber does not tell ThreadSanitizer when it switches";
  }

  static void on_a_thread(const std::function<void()>& f) { std::thread(f).join(); }
};
using boost_fiber_DeathTest = boost_fiber;

using functions = std::vector<std::function<void()>>;

void run_boost_fibers(const functions& all) {
  const boost_fibers_wait_here here;
  std::vector<boost::fibers::fiber> fibers;
  fibers.reserve(all.size());
  for (const auto& each : all) fibers.emplace_back(each);
  for (auto& each : fibers) each.join();
}

TEST_F(boost_fiber, that_waits_lets_the_others_run) {
  std::string order;
  on_a_thread([&] {
    mutex<int> m(0);
    run_boost_fibers({
        [&] {
          const auto hold = m.lock();
          order += "locks ";
          boost::this_fiber::yield();
          order += "unlocks ";
        },
        [&] {
          const auto hold = m.lock();
          order += "locks after it";
        },
        [&] { order += "runs meanwhile "; },
    });
  });
  EXPECT_EQ(order, "locks runs meanwhile unlocks locks after it");
}

TEST_F(boost_fiber, main_fiber_waits_as_well) {
  on_a_thread([&] {
    const boost_fibers_wait_here here;
    semaphore done(0);
    boost::fibers::fiber other([&] { done.release(); });
    done.acquire();
    other.join();
  });
}

TEST_F(boost_fiber, is_woken_by_a_thread_without_fibers) {
  parking_lock lock;
  test::held_elsewhere elsewhere(lock);
  std::thread with_fibers([&] {
    run_boost_fibers({[&] {
      lock.lock();
      lock.unlock();
    }});
  });
  test::await_waiters(lock, 1);
  elsewhere.release();
  with_fibers.join();
}

TEST_F(boost_fiber, gives_up_at_its_deadline_while_others_run) {
  on_a_thread([&] {
    mutex<int> m(0);
    bool given_up = false;
    int turns = 0;
    run_boost_fibers({
        [&] {
          const auto hold = m.lock();
          while (!given_up) {
            ++turns;
            boost::this_fiber::yield();
          }
        },
        [&] {
          EXPECT_FALSE(m.try_lock_for(1ms));
          EXPECT_FALSE(m.try_lock_until(std::chrono::system_clock::now() + 1ms));
          given_up = true;
        },
    });
    EXPECT_GT(turns, 1);
    EXPECT_TRUE(m.try_lock());
  });
}

TEST_F(boost_fiber, stops_when_asked_by_a_thread) {
  mutex<int> m(0);
  condition changed;
  std::stop_source stop;
  std::atomic<bool> waits{false};
  std::thread with_fibers([&] {
    run_boost_fibers({[&] {
      auto hold = m.lock();
      waits.store(true);
      EXPECT_TRUE(changed.wait(hold, stop.get_token()).stopped());
    }});
  });
  await(waits);
  (void)m.lock();  // it has begun to wait
  stop.request_stop();
  with_fibers.join();
}

// Each permit is taken once, whether a deadline or its release comes first.
TEST_F(boost_fiber, a_deadline_that_meets_a_release_loses_nothing) {
  constexpr std::size_t fibers = 3;
  const std::size_t rounds = scaled(500);
  semaphore permits(0);
  std::atomic<std::size_t> tries{0};
  std::size_t taken = 0;
  std::thread releaser([&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      await([&] { return tries.load() > i * fibers; });
      permits.release();
    }
  });
  on_a_thread([&] {
    const auto take = [&] {
      for (std::size_t i = 0; i < rounds; ++i) {
        ++tries;
        if (permits.try_acquire_for(std::chrono::microseconds(i % 64))) ++taken;
      }
    };
    run_boost_fibers(functions(fibers, take));
  });
  releaser.join();
  while (permits.try_acquire()) ++taken;
  EXPECT_EQ(taken, rounds);
}

// Two threads of Boost fibers, two plain ones, a scheduler and a pool at one mutex.
TEST_F(boost_fiber, contends_with_everybody_and_the_count_is_exact) {
  constexpr std::size_t fibers = 4;
  const std::size_t rounds = scaled(1'000);
  mutex<std::size_t> counter(std::size_t{0});
  const auto count_and = [&](void (*yields)()) {
    return [&, yields] {
      for (std::size_t i = 0; i < rounds; ++i) {
        auto value = counter.lock();
        const std::size_t seen = *value;
        if (i % 8 == 0) yields();
        *value = seen + 1;
      }
    };
  };
  {
    pool others(2);
    for (std::size_t i = 0; i < fibers; ++i) others.execute(count_and(&yield));
    test::run_threads(5, [&](unsigned number) {
      if (number < 2) {
        run_boost_fibers(functions(fibers, count_and([] { boost::this_fiber::yield(); })));
      } else if (number < 4) {
        count_and (&std::this_thread::yield)();
      } else {
        scheduler s;
        for (std::size_t i = 0; i < fibers; ++i) s.execute(count_and(&yield));
        s.run();
      }
    });
  }
  EXPECT_EQ(counter.copy(), (4 * fibers + 2) * rounds);
}

// A ball that each may hit when it is theirs: every hit wakes all, who wait with every kind of end.
TEST_F(boost_fiber, waits_on_a_condition_with_deadlines_and_stops_beside_threads) {
  const std::size_t rounds = scaled(100);
  constexpr std::size_t players = 6;
  mutex<std::size_t> hits(std::size_t{0});
  condition hit;
  std::stop_source never;
  const auto play = [&](std::size_t who) {
    return [&, who] {
      for (std::size_t i = 0; i < rounds; ++i) {
        auto ball = hits.lock();
        const auto mine = [who](std::size_t n) { return n % players == who; };
        while (!mine(*ball)) {
          if (i % 3 == 0)
            (void)hit.wait_for(ball, 100us);
          else if (i % 3 == 1)
            (void)hit.wait(ball, never.get_token());
          else
            hit.wait(ball);
        }
        ++*ball;
        hit.notify_all();
      }
    };
  };
  test::run_threads(4, [&](std::size_t number) {
    if (number < 2)
      run_boost_fibers({play(2 * number), play(2 * number + 1)});
    else if (number == 2)
      play(4)();
    else {
      scheduler s;
      s.execute(play(5));
      s.run();
    }
  });
  EXPECT_EQ(hits.copy(), players * rounds);
}

// Fibers that Boost moves between threads.
TEST_F(boost_fiber, may_go_on_in_another_thread) {
  constexpr std::size_t fibers = 8;
  const std::size_t rounds = scaled(500);
  mutex<std::size_t> counter(std::size_t{0});
  semaphore ended[2] = {semaphore(0), semaphore(0)};  // as each thread sees it
  test::run_threads(2, [&](unsigned number) {
    boost::fibers::use_scheduling_algorithm<boost::fibers::algo::shared_work>(true);
    const boost_fibers_wait_here here;
    for (std::size_t i = 0; number == 0 && i < fibers; ++i)
      boost::fibers::fiber([&] {
        for (std::size_t n = 0; n < rounds; ++n) {
          auto value = counter.lock();
          const std::size_t seen = *value;
          boost::this_fiber::yield();
          *value = seen + 1;
        }
        for (semaphore& each : ended) each.release();
      }).detach();
    for (std::size_t i = 0; i < fibers; ++i) ended[number].acquire();
  });
  EXPECT_EQ(counter.copy(), fibers * rounds);
}

TEST_F(boost_fiber, adapter_is_one_a_thread_and_not_for_fibers_of_holdfast) {
  on_a_thread([] {
    const boost_fibers_wait_here here;
    EXPECT_THROW(boost_fibers_wait_here(), std::system_error);
  });
  scheduler s;
  s.spawn([] { EXPECT_THROW(boost_fibers_wait_here(), std::system_error); });
  s.run();
}

#if HOLDFAST_CHECKED

TEST_F(boost_fiber_DeathTest, that_yields_with_a_lock_of_its_thread_ends_the_program) {
  const auto wait_with_a_native_lock = [] {
    run_boost_fibers({[] {
      mutex<int, native_lock> threads_own(0);
      const auto hold = threads_own.lock();
      semaphore(0).acquire();
    }});
  };
  EXPECT_DEATH(wait_with_a_native_lock(), "waits or yields while it holds a lock.*native_lock");
}

TEST_F(boost_fiber_DeathTest, that_locks_twice_ends_the_program) {
  const auto lock_twice = [] {
    run_boost_fibers({[] {
      mutex<int> m(0);
      const auto hold = m.lock();
      (void)m.lock();
    }});
  };
  EXPECT_DEATH(lock_twice(), "already owns");
}

#endif

}  // namespace
}  // namespace holdfast::fiber
