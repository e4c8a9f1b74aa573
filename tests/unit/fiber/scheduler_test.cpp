// SPDX-License-Identifier: BSL-1.0
// What a scheduler promises: turns, ends, spawning from everywhere, who may run it.
#include "holdfast/fiber/scheduler.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/fiber/this_fiber.hpp"

#include "support/counted.hpp"
#include "support/parked.hpp"
#include "support/scale.hpp"

namespace holdfast::fiber {
namespace {

// True if it was refused as documented.
bool refuses_to_run(scheduler& s) {
  try {
    s.run();
  } catch (const std::system_error& error) {
    return error.code() == std::errc::operation_not_permitted;
  }
  return false;
}

TEST(scheduler, runs_fibers_in_turn_until_all_have_ended) {
  scheduler s;
  std::string order;
  for (const char name : {'a', 'b', 'c'})
    s.spawn([&order, name] {
      for (int i = 0; i < 3; ++i) {
        order += name;
        yield();
      }
    });
  s.run();
  EXPECT_EQ(order, "abcabcabc");
}

TEST(scheduler, runs_what_fibers_spawn) {
  scheduler s;
  int ended = 0;
  s.spawn([&] {
    spawn([&] { ++ended; });
    s.spawn([&] { ++ended; });
    ++ended;
  });
  s.run();
  EXPECT_EQ(ended, 3);
}

TEST(scheduler, can_run_again) {
  scheduler s;
  int ended = 0;
  s.run();
  for (int i = 1; i <= 3; ++i) {
    s.spawn([&] { ++ended; });
    s.run();
    EXPECT_EQ(ended, i);
  }
}

TEST(scheduler, is_run_by_one_thread_after_the_other) {
  scheduler s;
  std::vector<std::thread::id> ran_on;
  for (int i = 0; i < 3; ++i) {
    s.spawn([&] {
      ran_on.push_back(std::this_thread::get_id());
      yield();
      char on_the_stack[256];  // AddressSanitizer has to know whose stack this is
      on_the_stack[i] = 'x';
      EXPECT_EQ(on_the_stack[i], 'x');
    });
    std::thread([&] { s.run(); }).join();
    s.spawn([] { yield(); });
    s.run();
  }
  EXPECT_EQ(ran_on.size(), 3U);
}

TEST(scheduler, does_not_run_inside_a_fiber) {
  scheduler s;
  scheduler other;
  s.spawn([&] {
    EXPECT_TRUE(refuses_to_run(other));
    EXPECT_TRUE(refuses_to_run(s));
  });
  s.run();
}

TEST(scheduler, is_not_run_by_two_threads_at_once) {
  scheduler s;
  s.spawn([&] { std::thread([&] { EXPECT_TRUE(refuses_to_run(s)); }).join(); });
  s.run();
  s.spawn([] {});
  s.run();  // and works afterwards
}

TEST(scheduler, takes_fibers_from_other_threads) {
  scheduler s;
  int ended = 0;
  const auto here = std::this_thread::get_id();
  s.spawn([&] {
    std::thread([&] {
      for (int i = 0; i < 100; ++i)
        s.spawn([&] {
          EXPECT_EQ(std::this_thread::get_id(), here);
          ++ended;
        });
    }).join();
  });
  s.run();
  EXPECT_EQ(ended, 100);
}

TEST(scheduler, sleeps_when_no_fiber_can_run_and_is_woken_by_a_thread) {
  scheduler s;
  std::atomic<bool> waits{false};
  handle<void> late;
  auto h = s.spawn([&](const std::stop_token& stop) {
    waits.store(true);
    EXPECT_FALSE(sleep_for(std::chrono::hours(1), stop));
  });
  std::thread wakes([&, stop = h.get_stop_source()]() mutable {
    test::await(waits);
    late = s.spawn([] {});
    late.wait();
    stop.request_stop();
  });
  s.run();
  wakes.join();
  late.join();
}

TEST(scheduler, has_ten_thousand_fibers_at_a_time) {
  const std::size_t count = test::under_thread_sanitizer ? 1'000 : 10'000;
  scheduler s;
  std::size_t begun = 0;
  std::size_t ended = 0;
  for (std::size_t i = 0; i < count; ++i)
    s.spawn([&] {
      ++begun;
      while (begun < count) yield();
      ++ended;
    });
  s.run();
  EXPECT_EQ(ended, count);
}

TEST(scheduler, uses_stacks_again) {
  scheduler s;
  int ended = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 50; ++i)
      s.spawn([&] {
        volatile char used[16 * 1024];
        used[0] = 1;
        used[sizeof used - 1] = 1;
        yield();
        ended += used[0];
      });
    s.run();
  }
  EXPECT_EQ(ended, 1'000);
}

TEST(scheduler, destroyed_before_fibers_began_destroys_what_they_own) {
  test::tally owned;
  int ran = 0;
  {
    scheduler s;
    s.spawn([&ran, mine = test::counted(owned)] { ++ran; });
    std::thread([&] { s.spawn([&ran, mine = test::counted(owned)] { ++ran; }); }).join();
    EXPECT_EQ(owned.alive(), 2);
  }
  EXPECT_EQ(owned.alive(), 0);
  EXPECT_EQ(ran, 0);
}

TEST(scheduler, destroyed_before_a_fiber_began_wakes_whoever_joins_it) {
  auto s = std::make_unique<scheduler>();
  auto h = s->spawn([] {});
  std::atomic<bool> joins{false};
  std::thread waiter([&] {
    joins.store(true);
    EXPECT_THROW(h.join(), std::system_error);
  });
  test::await(joins);
  s.reset();
  waiter.join();
}

// What a fiber that never began owned may itself use the scheduler, for the last time.
TEST(scheduler, destroyed_before_a_fiber_began_destroys_what_that_spawns_at_its_end) {
  test::tally owned;
  struct spawns_at_end {
    scheduler* in;
    test::tally* counts;
    spawns_at_end(scheduler& s, test::tally& t) : in(&s), counts(&t) {}
    spawns_at_end(spawns_at_end&& other) noexcept
        : in(std::exchange(other.in, nullptr)), counts(other.counts) {}
    spawns_at_end& operator=(spawns_at_end&&) = delete;
    ~spawns_at_end() {
      if (in != nullptr) in->spawn([mine = test::counted(*counts)] {});
    }
  };
  {
    scheduler s;
    s.spawn([last = spawns_at_end(s, owned)] {});
  }
  EXPECT_EQ(owned.made, 1);
  EXPECT_EQ(owned.alive(), 0);
}

}  // namespace
}  // namespace holdfast::fiber
