// SPDX-License-Identifier: BSL-1.0
// Lazy: the value is made once, in its place, destroyed once or never, and never seen before it is
// whole.
#include "holdfast/lazy.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/counted.hpp"
#include "support/parked.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/thread_locals.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::counted;
using test::leaving;
using test::run_threads;
using test::scaled;
using test::tally;

int forty_two() { return 42; }

constinit lazy table{[] { return std::vector<int>{1, 2, 3}; }};
constinit const lazy fixed{[] { return std::string("fixed"); }};

static_assert(std::is_same_v<decltype(table)::value_type, std::vector<int>>);
static_assert(std::is_same_v<decltype(*table), std::vector<int>&>);
static_assert(std::is_same_v<decltype(*fixed), const std::string&>);
static_assert(std::is_same_v<decltype(lazy{forty_two}), lazy<int>>);
static_assert(!std::is_copy_constructible_v<lazy<int>> && !std::is_move_constructible_v<lazy<int>>);

// Neither copies nor moves.
struct rigid {
  explicit rigid(int n) : number(n) {}
  rigid(const rigid&) = delete;
  rigid& operator=(const rigid&) = delete;
  ~rigid() = default;
  int number;
};

// What only `lazy` of this type does: the first calls fail.
struct fails_first {
  std::atomic<int>* calls;
  int failures;
  int operator()() const {
    if ((*calls)++ < failures) throw leaving{};
    return 7;
  }
};

TEST(lazy, makes_a_constant_initialised_global_when_it_is_asked_for) {
  EXPECT_EQ(table.try_get(), nullptr);
  EXPECT_EQ(table->size(), 3U);
  EXPECT_EQ((*table)[1], 2);
  table.get().push_back(4);
  EXPECT_EQ(table.try_get()->size(), 4U);
}

TEST(lazy, a_const_one_makes_its_value_and_gives_it_as_const) {
  EXPECT_EQ(fixed.try_get(), nullptr);
  EXPECT_EQ(*fixed, "fixed");
  EXPECT_EQ(fixed->size(), 5U);
  EXPECT_EQ(fixed.get(), *fixed.try_get());
}

TEST(lazy, takes_a_plain_function_too) {
  lazy<int> number{forty_two};
  EXPECT_EQ(*number, 42);
}

TEST(lazy, makes_the_value_in_its_place_so_it_need_not_move) {
  lazy value{[] { return rigid(3); }};
  EXPECT_EQ(value->number, 3);
  value->number = 4;
  EXPECT_EQ(value.get().number, 4);
}

TEST(lazy, calls_a_function_that_moves_only_as_an_rvalue) {
  struct maker {
    std::unique_ptr<int> kept;
    std::unique_ptr<int> operator()() && { return std::move(kept); }
  };
  lazy value{maker{std::make_unique<int>(5)}};
  EXPECT_EQ(**value, 5);
}

TEST(lazy, destroys_the_value_once_if_it_was_made) {
  tally counts;
  {
    lazy value{[&counts] { return counted(counts, 1); }};
    EXPECT_EQ(counts.made, 0);
    EXPECT_EQ(value->number(), 1);
    EXPECT_EQ(value->number(), 1);
    EXPECT_EQ(counts.made, 1);
    EXPECT_EQ(counts.moved, 0);
    EXPECT_EQ(counts.alive(), 1);
  }
  EXPECT_EQ(counts.destroyed, 1);
}

TEST(lazy, makes_and_destroys_nothing_if_nobody_asks) {
  tally counts;
  {
    const lazy value{[&counts] { return counted(counts); }};
  }
  EXPECT_EQ(counts.made, 0);
  EXPECT_EQ(counts.destroyed, 0);
}

TEST(lazy, destroys_its_function_once_whether_used_or_not) {
  tally unused;
  {
    const lazy value{[held = counted(unused)] { return held.number(); }};
  }
  EXPECT_EQ(unused.made, 1);
  EXPECT_EQ(unused.alive(), 0);

  tally used;
  {
    lazy value{[held = counted(used, 9)] { return held.number(); }};
    EXPECT_EQ(used.alive(), 1);
    EXPECT_EQ(*value, 9);
    EXPECT_EQ(used.alive(), 0);  // as soon as the value was made
  }
  EXPECT_EQ(used.alive(), 0);

  tally failed;
  {
    lazy value{[held = counted(failed)]() -> int {
      if (held.has_value()) throw leaving{};
      return 0;
    }};
    EXPECT_THROW(value.get(), leaving);
    EXPECT_EQ(failed.alive(), 0);
  }
  EXPECT_EQ(failed.alive(), 0);
}

TEST(lazy, an_exception_poisons_and_is_reported_by_name) {
  std::atomic<int> calls{0};
  lazy<int, fails_first> value{fails_first{&calls, 1}};
  EXPECT_THROW(value.get(), leaving);
  EXPECT_TRUE(value.is_poisoned());
  EXPECT_EQ(value.try_get(), nullptr);
  EXPECT_THROW(*value, poisoned);
  EXPECT_THROW(static_cast<void>(std::as_const(value).get(1ms)), poisoned);
  try {
    static_cast<void>(value.get());
    FAIL() << "not reported";
  } catch (const poisoned& error) {
    EXPECT_EQ(error.mutex(), &value);
    EXPECT_NE(std::strstr(error.what(), "the lazy<int> at"), nullptr) << error.what();
    EXPECT_NE(std::strstr(error.what(), "get_or_repair"), nullptr) << error.what();
  }
  EXPECT_EQ(calls, 1);
}

TEST(lazy, repair_makes_the_value_after_all) {
  std::atomic<int> calls{0};
  lazy<int, fails_first> value{fails_first{&calls, 1}};
  EXPECT_THROW(value.get_or_repair([] { return 0; }), leaving);  // its own function comes first
  EXPECT_THROW(value.get_or_repair([]() -> int { throw leaving{}; }), leaving);
  EXPECT_TRUE(value.is_poisoned());
  EXPECT_EQ(value.get_or_repair([] { return 8; }), 8);
  EXPECT_FALSE(value.is_poisoned());
  EXPECT_EQ(*value, 8);
  EXPECT_EQ(value.get_or_repair([] { return 9; }), 8);
}

TEST(lazy, a_value_whose_construction_fails_is_destroyed_by_nobody) {
  struct fragile {
    counted part;
    explicit fragile(tally& counts) : part(counts) { throw leaving{}; }
  };
  tally counts;
  {
    lazy value{[&counts] { return fragile(counts); }};
    EXPECT_THROW(value.get(), leaving);
  }
  EXPECT_EQ(counts.made, 1);
  EXPECT_EQ(counts.alive(), 0);
}

TEST(lazy, a_stampede_of_ten_sees_one_whole_value) {
  for (std::size_t round = 0; round < scaled(300); ++round) {
    std::atomic<int> calls{0};
    lazy value{[&calls] {
      std::array<int, 64> numbers{};
      for (int& each : numbers) each = 1 + calls;
      ++calls;
      return numbers;
    }};
    run_threads(10, [&](unsigned i) {
      if (i % 3 == 0) {
        const auto* const glance = value.try_get();
        if (glance == nullptr) return;
        for (const int each : *glance) EXPECT_EQ(each, 1);
      } else {
        for (const int each : std::as_const(value).get()) EXPECT_EQ(each, 1);
      }
    });
    EXPECT_EQ(calls, 1);
  }
}

TEST(lazy, a_wait_for_the_maker_ends_by_deadline_and_stop) {
  std::atomic<bool> begun{false};
  std::atomic<bool> may_end{false};
  lazy value{[&] {
    begun = true;
    await(may_end);
    return 1;
  }};
  std::thread maker([&] { EXPECT_EQ(*value, 1); });
  await(begun);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(value.get(1ms), nullptr);
  EXPECT_EQ(value.get(source.get_token()), nullptr);
  EXPECT_EQ(value.get(std::chrono::steady_clock::now()), nullptr);
  EXPECT_EQ(std::as_const(value).get(deadline::already_past(), source.get_token()), nullptr);
  may_end = true;
  maker.join();
  EXPECT_EQ(*value.get(deadline::already_past()), 1);
}

TEST(lazy, works_on_the_portable_platform) {
  lazy<int, int (*)(), basic_once<platform::portable>> value{forty_two};
  run_threads(4, [&] { EXPECT_EQ(*value, 42); });
}

TEST(lazy, works_in_destructors_of_thread_local_objects) {
  HOLDFAST_TEST_NEEDS_THREAD_LOCALS_TO_THE_END();
  static std::atomic<int> calls{0};
  static lazy<int> value{[] { return ++calls; }};
  struct at_thread_exit {
    ~at_thread_exit() { EXPECT_EQ(*value, 1); }
  };
  run_threads(4, [] { static thread_local at_thread_exit last; });
}

}  // namespace
}  // namespace holdfast
