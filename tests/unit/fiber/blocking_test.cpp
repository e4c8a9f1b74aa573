// SPDX-License-Identifier: BSL-1.0
// Calls that block, made elsewhere: their results, and that other fibers run meanwhile.
#include "holdfast/fiber/blocking.hpp"

#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"

#include "support/child.hpp"
#include "support/scale.hpp"
#include "support/this_thread.hpp"

namespace holdfast::fiber {
namespace {

TEST(blocking, returns_results_of_every_kind) {
  scheduler s;
  s.spawn([] {
    int target = 1;
    static_assert(std::is_same_v<decltype(blocking([&]() -> int& { return target; })), int&>);
    EXPECT_EQ(blocking([] { return 2; }), 2);
    EXPECT_EQ(&blocking([&]() -> int& { return target; }), &target);
    EXPECT_EQ(*blocking([] { return std::make_unique<int>(3); }), 3);
    auto text = std::make_unique<int>(4);
    EXPECT_EQ(*std::unique_ptr<int>(
                  blocking([&]() -> std::unique_ptr<int>&& { return std::move(text); })),
              4);
    bool called = false;
    blocking([&] { called = true; });
    EXPECT_TRUE(called);
    EXPECT_EQ(blocking([owned = std::make_unique<int>(5)] { return *owned; }), 5);
  });
  s.run();
}

TEST(blocking, throws_what_the_call_threw) {
  scheduler s;
  s.spawn([] {
    EXPECT_THROW(blocking([]() -> int { throw std::runtime_error("failed"); }), std::runtime_error);
    EXPECT_THROW(blocking([] { throw std::string("failed"); }), std::string);
  });
  s.run();
}

TEST(blocking, calls_on_a_plain_thread_and_returns_on_the_fibers_own) {
  scheduler s;
  s.spawn([] {
    const auto here = test::this_thread_now();
    EXPECT_NE(blocking([] {
                EXPECT_FALSE(in_fiber());
                return test::this_thread_now();
              }),
              here);
    EXPECT_EQ(test::this_thread_now(), here);
    EXPECT_TRUE(in_fiber());
  });
  s.run();
}

TEST(blocking, is_just_a_call_in_a_plain_thread) {
  const auto here = test::this_thread_now();
  EXPECT_EQ(blocking(test::this_thread_now), here);
  EXPECT_THROW(blocking([] { throw std::runtime_error("failed"); }), std::runtime_error);
}

TEST(blocking, lets_other_fibers_run_meanwhile) {
  scheduler s;
  std::latch run(1);
  bool returned = false;
  s.spawn([&] {
    blocking([&] { run.wait(); });
    returned = true;
  });
  s.spawn([&] {
    EXPECT_FALSE(returned);
    run.count_down();
  });
  s.run();
  EXPECT_TRUE(returned);
}

// All must be in their calls at the same time.
TEST(blocking, has_many_calls_under_way_at_once) {
  constexpr std::ptrdiff_t calls = test::under_sanitizer ? 32 : 200;
  scheduler s;
  std::latch all(calls);
  std::size_t returned = 0;
  for (std::ptrdiff_t i = 0; i < calls; ++i)
    s.spawn([&] {
      blocking([&] { all.arrive_and_wait(); });
      ++returned;
    });
  s.run();
  EXPECT_EQ(returned, static_cast<std::size_t>(calls));
}

TEST(blocking, makes_more_calls_wait_than_there_are_helpers) {
  const std::size_t calls = test::under_sanitizer ? 300 : 1'000;
  scheduler s;
  std::atomic<std::size_t> made{0};
  std::size_t returned = 0;
  for (std::size_t i = 0; i < calls; ++i)
    s.spawn([&] {
      blocking([&] {
        made.fetch_add(1);
        std::this_thread::yield();
      });
      ++returned;
    });
  s.run();
  EXPECT_EQ(made.load(), calls);
  EXPECT_EQ(returned, calls);
}

TEST(blocking, brings_fibers_of_a_pool_back) {
  pool p(2);
  std::atomic<std::size_t> returned{0};
  const std::size_t rounds = test::scaled(200);
  std::vector<handle<void>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(p.spawn([&] {
      for (std::size_t j = 0; j < rounds; ++j)
        if (blocking([&] { return j; }) == j) returned.fetch_add(1);
    }));
  for (auto& each : all) each.join();
  EXPECT_EQ(returned.load(), 8 * rounds);
}

// A blocking call may use the library as any thread does, fibers included.
TEST(blocking, may_run_a_scheduler_of_its_own) {
  scheduler s;
  int inner = 0;
  s.spawn([&] {
    blocking([&] {
      scheduler other;
      other.spawn([&] { ++inner; });
      other.run();
    });
  });
  s.run();
  EXPECT_EQ(inner, 1);
}

int result_of_a_blocking_call() {
  scheduler s;
  int result = 0;
  s.spawn([&] { result = blocking([] { return 42; }); });
  s.run();
  return result;
}

// The parent's helpers, idle or not, are not there.
TEST(blocking, has_helpers_in_the_child_of_a_fork_too) {
  if (test::under_thread_sanitizer) GTEST_SKIP() << "it starts no thread in such a child";
  EXPECT_EQ(result_of_a_blocking_call(), 42);
  test::child child([] { return result_of_a_blocking_call() == 42 ? 0 : 1; });
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace holdfast::fiber
