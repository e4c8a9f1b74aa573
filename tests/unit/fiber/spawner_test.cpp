// SPDX-License-Identifier: BSL-1.0
// What can be spawned, and how: the same for everything that runs fibers.
#include "holdfast/fiber/spawner.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/counted.hpp"

namespace holdfast::fiber {
namespace {

template <class Runs>
class spawning : public testing::Test {
 public:
  // Spawns, runs and joins.
  template <class F>
  decltype(auto) result_of(F&& f) {
    auto h = runs.spawn(std::forward<F>(f));
    finish();
    return h.join();
  }
  void finish() {
    if constexpr (std::is_same_v<Runs, pool>)
      runs.wait();
    else
      runs.run();
  }

  Runs runs;
};

using kinds = testing::Types<scheduler, pool>;
TYPED_TEST_SUITE(spawning, kinds);

int seven() { return 7; }

TYPED_TEST(spawning, takes_functions_of_every_kind) {
  struct callable {
    int operator()() const { return 8; }
  };
  const callable constant;
  EXPECT_EQ(this->result_of(seven), 7);
  EXPECT_EQ(this->result_of(&seven), 7);
  EXPECT_EQ(this->result_of(callable{}), 8);
  EXPECT_EQ(this->result_of(constant), 8);
  EXPECT_EQ(this->result_of([n = 9]() mutable { return ++n; }), 10);
}

TYPED_TEST(spawning, takes_functions_that_only_move) {
  EXPECT_EQ(this->result_of([owned = std::make_unique<int>(3)] { return *owned; }), 3);
  EXPECT_EQ(
      *this->result_of([owned = std::make_unique<int>(4)]() mutable { return std::move(owned); }),
      4);
}

TYPED_TEST(spawning, takes_functions_that_can_be_called_once) {
  struct once_only {
    int operator()() && { return 5; }
  };
  EXPECT_EQ(this->result_of(once_only{}), 5);
}

TYPED_TEST(spawning, copies_what_is_no_temporary_and_moves_what_is) {
  test::tally counts;
  {
    auto f = [owned = test::counted(counts)] { return owned.has_value(); };
    EXPECT_TRUE(this->result_of(f));
    EXPECT_EQ(counts.copied, 1);
    EXPECT_TRUE(this->result_of(std::move(f)));
    EXPECT_EQ(counts.copied, 1);
  }
  EXPECT_EQ(counts.alive(), 0);
}

TYPED_TEST(spawning, gives_the_token_to_a_function_that_takes_one) {
  EXPECT_TRUE(this->result_of([](std::stop_token stop) { return stop.stop_possible(); }));
  struct either {
    bool operator()() const { return false; }
    bool operator()(const std::stop_token&) const { return true; }
  };
  EXPECT_TRUE(this->result_of(either{}));
}

TYPED_TEST(spawning, passes_on_what_copying_the_function_throws_and_spawns_nothing) {
  struct throws_when_copied {
    throws_when_copied() = default;
    throws_when_copied(const throws_when_copied&) { throw std::runtime_error("no copy"); }
    void operator()() const { ADD_FAILURE(); }
  };
  const throws_when_copied f;
  EXPECT_THROW(this->runs.spawn(f), std::runtime_error);
  this->finish();
}

TYPED_TEST(spawning, executes_without_a_handle) {
  std::atomic<int> ran{0};
  this->runs.execute([&] { ran.fetch_add(1); });
  this->runs.execute([&, owned = std::make_unique<int>(2)] { ran.fetch_add(*owned); });
  this->finish();
  EXPECT_EQ(ran.load(), 3);
}

TYPED_TEST(spawning, a_fiber_spawns_beside_itself) {
  std::atomic<int> ran{0};
  EXPECT_EQ(this->result_of([&] {
    spawn([&] { ran.fetch_add(1); }).join();
    return spawn({.name = "child"}, [] { return name(); }).join();
  }),
            "child");
  EXPECT_EQ(ran.load(), 1);
}

TEST(spawning_elsewhere, a_plain_thread_has_nobody_to_run_what_it_spawns) {
  try {
    spawn([] {});
    ADD_FAILURE();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::operation_not_permitted);
  }
}

}  // namespace
}  // namespace holdfast::fiber
