// SPDX-License-Identifier: BSL-1.0
// Runs the suites with fibers in the place of threads: all of one scheduler, of a pool, or mixed with
// threads and with those of a second scheduler. --setting=scheduler|pool|mixed, one a run.
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/competitor.hpp"
#include "support/running_scheduler.hpp"

namespace holdfast::test {
namespace {

std::function<void()> joining(fiber::handle<void> h) {
  const auto shared = std::make_shared<fiber::handle<void>>(std::move(h));
  return [shared] { shared->join(); };
}

std::function<void()> begin_beside(std::function<void()> body) {
  return joining(fiber::spawn(std::move(body)));
}

// For the fiber in which all tests run.
fiber::options main_fiber() { return {.name = "main", .stack_size = std::size_t{8} << 20}; }

int run_in_scheduler() {
  begin_competitor = &begin_beside;
  fiber::scheduler s;
  auto result = s.spawn(main_fiber(), [] { return RUN_ALL_TESTS(); });
  s.run();
  return result.join();
}

int run_in_pool() {
  begin_competitor = &begin_beside;
  fiber::pool p(2);
  return p.spawn(main_fiber(), [] { return RUN_ALL_TESTS(); }).join();
}

// The tests run in a thread; their competitors are a fiber of one, a fiber of the other and a thread
// in turn.
struct mixture {
  running_scheduler one;
  running_scheduler other;
  std::atomic<unsigned> begun{0};

  static inline mixture* current = nullptr;
  static std::function<void()> begin(std::function<void()> body) {
    switch (current->begun.fetch_add(1) % 3) {
      case 0:
        return joining(current->one.spawn(std::move(body)));
      case 1:
        return joining(current->other.spawn(std::move(body)));
      default:
        return begin_thread(std::move(body));
    }
  }
};

int run_mixed() {
  mixture all;
  mixture::current = &all;
  begin_competitor = &mixture::begin;
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace holdfast::test

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  const std::string_view setting = count == 2 ? arguments[1] : "";
  if (setting == "--setting=scheduler") return holdfast::test::run_in_scheduler();
  if (setting == "--setting=pool") return holdfast::test::run_in_pool();
  if (setting == "--setting=mixed") return holdfast::test::run_mixed();
  std::fprintf(stderr, "usage: %s --setting=scheduler|pool|mixed\n", arguments[0]);
  return 2;
}
