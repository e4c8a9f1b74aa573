// SPDX-License-Identifier: BSL-1.0
// What a pool promises: work stealing, wakes from everywhere, deadlines, its end.
#include "holdfast/fiber/pool.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
#include "holdfast/platform/cpu.hpp"
#include "holdfast/semaphore.hpp"

#include "support/go_elsewhere.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"

namespace holdfast::fiber {
namespace {

using namespace std::chrono_literals;

TEST(pool, has_as_many_threads_as_are_asked_for) {
  EXPECT_EQ(pool(3).threads(), 3U);
  EXPECT_EQ(pool(1).threads(), 1U);
  EXPECT_EQ(pool().threads(), platform::cpu_count());
}

TEST(pool, runs_fibers_on_its_own_threads) {
  pool p(2);
  const auto here = std::this_thread::get_id();
  for (int i = 0; i < 20; ++i) EXPECT_NE(p.spawn(test::this_thread_now).join(), here);
}

// Meets `count` others without ever yielding: each of them needs a thread of its own.
class meeting {
 public:
  explicit meeting(unsigned count) : count_(count) {}
  std::thread::id attend() {
    there_.fetch_add(1);
    while (there_.load() < count_) std::this_thread::yield();  // not to another fiber
    return test::this_thread_now();
  }

 private:
  const unsigned count_;
  std::atomic<unsigned> there_{0};
};

TEST(pool, a_thread_without_work_takes_some_from_another) {
  pool p(2);
  const std::size_t rounds = test::scaled(1'000);
  p.spawn([&] {
     for (std::size_t i = 0; i < rounds; ++i) {
       meeting m(2);
       auto first = spawn([&] { return m.attend(); });  // both in the queue of this thread
       auto second = spawn([&] { return m.attend(); });
       EXPECT_NE(first.join(), second.join());
     }
   }).join();
}

TEST(pool, what_one_fiber_spawns_is_shared_out_to_all_threads) {
  constexpr unsigned threads = 4;
  pool p(threads);
  const std::size_t rounds = test::scaled(500);
  p.spawn([&] {
     for (std::size_t i = 0; i < rounds; ++i) {
       meeting m(threads);
       std::vector<handle<std::thread::id>> all;
       for (unsigned j = 0; j < threads; ++j) all.push_back(spawn([&] { return m.attend(); }));
       for (auto& each : all) each.join();
     }
   }).join();
}

TEST(pool, what_a_thread_spawns_is_shared_out_to_all_threads) {
  constexpr unsigned threads = 4;
  pool p(threads);
  const std::size_t rounds = test::scaled(500);
  for (std::size_t i = 0; i < rounds; ++i) {
    meeting m(threads);
    std::vector<handle<std::thread::id>> all;
    for (unsigned j = 0; j < threads; ++j) all.push_back(p.spawn([&] { return m.attend(); }));
    for (auto& each : all) each.join();
  }
}

TEST(pool, a_fiber_goes_on_on_another_thread) {
  pool p(2);
  auto first = p.spawn([] {
    for (int i = 0; i < 3; ++i) test::go_elsewhere();
  });
  auto second = p.spawn([] {
    for (int i = 0; i < 3; ++i) test::go_elsewhere();
  });
  first.join();
  second.join();
}

TEST(pool, wait_returns_when_no_fiber_is_left) {
  pool p(2);
  p.wait();
  std::atomic<int> ended{0};
  for (int round = 1; round <= 50; ++round) {
    for (int i = 0; i < 4; ++i)
      p.execute([&] {
        yield();
        p.execute([&] { ended.fetch_add(1); });
        ended.fetch_add(1);
      });
    p.wait();
    EXPECT_EQ(ended.load(), 8 * round);
  }
}

TEST(pool, wait_in_a_fiber_of_a_scheduler_lets_the_others_of_that_run) {
  pool p(2);
  std::atomic<bool> may_end{false};
  p.execute([&] {
    while (!may_end.load()) sleep_for(50us);
  });
  scheduler s;
  bool waited = false;
  s.spawn([&] {
    p.wait();
    waited = true;
  });
  s.spawn([&] { may_end.store(true); });
  s.run();
  EXPECT_TRUE(waited);
}

TEST(pool, wait_is_refused_in_its_own_fibers) {
  pool p(2);
  p.spawn([&] {
     try {
       p.wait();
       ADD_FAILURE();
     } catch (const std::system_error& error) {
       EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
     }
   }).join();
}

TEST(pool, destruction_waits_for_fibers_in_every_state) {
  std::atomic<int> ended{0};
  semaphore permits(0);
  std::thread releases;
  {
    pool p(2);
    for (int i = 0; i < 10; ++i) {
      p.execute([&] {
        permits.acquire();
        ended.fetch_add(1);
      });
      p.execute([&] {
        sleep_for(1ms);
        ended.fetch_add(1);
      });
      p.execute([&] {
        for (int j = 0; j < 100; ++j) yield();
        spawn([&] { ended.fetch_add(1); }).detach();
      });
    }
    releases = std::thread([&] { permits.release(10); });
  }
  EXPECT_EQ(ended.load(), 30);
  releases.join();
}

TEST(pool, is_made_and_destroyed_without_a_fiber) {
  for (unsigned i = 0; i < 50; ++i) pool(1 + i % 3);
}

// The pool may be gone the moment its last fiber has ended, whoever has woken that.
TEST(pool, is_destroyed_while_those_who_woke_its_fibers_return) {
  const std::size_t rounds = test::scaled(500);
  semaphore wish(0);
  std::optional<semaphore> permit;
  std::atomic<bool> done{false};
  std::thread wakes([&] {
    for (;;) {
      wish.acquire();
      if (done.load()) return;
      permit->release();
    }
  });
  for (std::size_t i = 0; i < rounds; ++i) {
    permit.emplace(0);
    pool p(2);
    p.execute([&] { permit->acquire(); });
    wish.release();
  }
  done.store(true);
  wish.release();
  wakes.join();
}

TEST(pool, takes_fibers_from_many_threads_at_once) {
  pool p(2);
  std::atomic<std::size_t> ended{0};
  const std::size_t rounds = test::scaled(2'000);
  test::run_threads(4, [&] {
    for (std::size_t i = 0; i < rounds; ++i) p.execute([&] { ended.fetch_add(1); });
  });
  p.wait();
  EXPECT_EQ(ended.load(), 4 * rounds);
}

TEST(pool, is_woken_by_threads_while_all_of_its_own_sleep) {
  pool p(2);
  semaphore ping(0);
  semaphore pong(0);
  const std::size_t rounds = test::scaled(5'000);
  auto h = p.spawn([&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      ping.acquire();
      pong.release();
    }
  });
  for (std::size_t i = 0; i < rounds; ++i) {
    ping.release();
    pong.acquire();
    // Every now and then all fall asleep first.
    if (i % 64 == 0) std::this_thread::sleep_for(100us);
  }
  h.join();
}

// The only thread that is awake never looks at a clock.
TEST(pool, deadlines_are_met_by_threads_that_sleep) {
  pool p(3);
  const std::size_t rounds = test::scaled(200);
  for (std::size_t i = 0; i < rounds; ++i) {
    std::atomic<bool> slept{false};
    p.spawn([&] {
       auto sleeper = spawn([&] {
         sleep_for(100us);
         slept.store(true);
       });
       while (!slept.load()) platform::pause();
       sleeper.join();
     }).join();
  }
}

TEST(pool, deadlines_are_met_while_all_threads_sleep) {
  pool p(2);
  std::atomic<int> woken{0};
  std::vector<handle<void>> all;
  for (int i = 0; i < 50; ++i)
    all.push_back(p.spawn([&, i] {
      for (int j = 0; j < 10; ++j) sleep_for(std::chrono::microseconds(50 * i));
      woken.fetch_add(1);
    }));
  for (auto& each : all) each.join();
  EXPECT_EQ(woken.load(), 50);
}

TEST(pool, a_stop_from_a_thread_ends_waits_of_any_kind) {
  pool p(2);
  std::stop_source stop;
  semaphore never(0);
  auto sleeps = p.spawn([&] { return sleep_for(1h, stop.get_token()); });
  auto waits = p.spawn([&] { return never.acquire(stop.get_token()); });
  stop.request_stop();
  EXPECT_FALSE(sleeps.join());
  EXPECT_FALSE(waits.join());
}

TEST(pool, a_fiber_that_yields_is_taken_over_by_a_thread_without_work) {
  pool p(2);
  std::atomic<bool> stuck{false};
  p.spawn([&] {
     for (std::size_t i = 0, rounds = test::scaled(2'000); i < rounds && !stuck.load(); ++i) {
       std::atomic<bool> went_on{false};
       auto other = spawn([&] {  // keeps this thread until we have gone on, on the other one
         const auto end = std::chrono::steady_clock::now() + 5s;
         while (!went_on.load() && !stuck.load()) {
           std::this_thread::yield();
           if (std::chrono::steady_clock::now() > end) stuck.store(true);
         }
       });
       yield();
       went_on.store(true);
       other.join();
     }
   }).join();
  EXPECT_FALSE(stuck.load());
}

}  // namespace
}  // namespace holdfast::fiber
