// SPDX-License-Identifier: BSL-1.0
// What a scheduler promises: turns, ends, spawning from everywhere.
#include "holdfast/fiber/scheduler.hpp"

#include <string>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/fiber/this_fiber.hpp"

namespace holdfast::fiber {
namespace {

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

TEST(scheduler, does_not_run_inside_a_fiber) {
  scheduler s;
  scheduler other;
  s.spawn([&] { EXPECT_THROW(other.run(), std::system_error); });
  s.run();
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

}  // namespace
}  // namespace holdfast::fiber
