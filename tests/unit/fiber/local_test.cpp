// SPDX-License-Identifier: BSL-1.0
// A variable of which every fiber has its own: when it is made, who sees it, when it ends.
#include "holdfast/fiber/local.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/go_elsewhere.hpp"

namespace holdfast::fiber {
namespace {

local<int> number;
local<std::string> text([] { return std::string("made"); });

TEST(local, every_fiber_has_its_own) {
  scheduler s;
  for (int i = 1; i <= 10; ++i)
    s.spawn([i] {
      EXPECT_EQ(*number, 0);
      EXPECT_EQ(*text, "made");
      *number = i;
      *text += std::to_string(i);
      yield();
      EXPECT_EQ(*number, i);
      EXPECT_EQ(*text, "made" + std::to_string(i));
    });
  s.run();
}

TEST(local, every_thread_has_its_own) {
  *number = 1;
  std::thread([] {
    EXPECT_EQ(*number, 0);
    *number = 2;
  }).join();
  scheduler s;
  s.spawn([] { EXPECT_EQ(*number, 0); });
  s.run();
  EXPECT_EQ(*number, 1);
  *number = 0;
}

TEST(local, follows_its_fiber_to_another_thread) {
  pool p(2);
  std::vector<handle<void>> all;
  for (int i = 1; i <= 4; ++i)
    all.push_back(p.spawn([i] {
      *number = i;
      int* const where = &*number;
      for (int j = 0; j < 3; ++j) {
        test::go_elsewhere();
        EXPECT_EQ(&*number, where);
        EXPECT_EQ(*number, i);
      }
    }));
  for (auto& each : all) each.join();
}

TEST(local, what_making_it_throws_reaches_the_caller_and_nothing_is_kept) {
  static int calls;
  calls = 0;
  static local<int> difficult([]() -> int {
    if (++calls == 1) throw std::runtime_error("not yet");
    return 5;
  });
  scheduler s;
  s.spawn([] {
    EXPECT_THROW(*difficult, std::runtime_error);
    EXPECT_EQ(*difficult, 5);
    EXPECT_EQ(*difficult, 5);
  });
  s.run();
  EXPECT_EQ(calls, 2);
}

// Notes where it was destroyed.
struct witness {
  std::vector<std::string>* notes = nullptr;
  std::string of;
  ~witness() {
    if (notes != nullptr) notes->push_back(of + (in_fiber() ? name() : "elsewhere"));
  }
};
local<witness> first;
local<witness> second;

void note(local<witness>& where, std::vector<std::string>& notes, const char* of) {
  where->notes = &notes;
  where->of = of;
}

TEST(local, is_destroyed_on_its_fiber_before_that_is_joined) {
  std::vector<std::string> notes;
  scheduler s;
  auto h = s.spawn({.name = "fiber"}, [&] {
    note(first, notes, "first of ");
    note(second, notes, "second of ");
  });
  s.spawn([&] {
    h.join();
    EXPECT_EQ(notes, (std::vector<std::string>{"second of fiber", "first of fiber"}));
  });
  s.run();
}

TEST(local, is_destroyed_when_an_exception_leaves_the_fiber) {
  std::vector<std::string> notes;
  scheduler s;
  auto h = s.spawn({.name = "fiber"}, [&] {
    note(first, notes, "first of ");
    throw std::runtime_error("leaves");
  });
  s.run();
  EXPECT_THROW(h.join(), std::runtime_error);
  EXPECT_EQ(notes, std::vector<std::string>{"first of fiber"});
}

TEST(local, of_a_thread_is_destroyed_with_the_thread) {
  std::vector<std::string> notes;
  std::thread([&] { note(first, notes, "first of "); }).join();
  EXPECT_EQ(notes, std::vector<std::string>{"first of elsewhere"});
}

TEST(local, a_destructor_may_yield_and_make_others) {
  struct makes {
    ~makes() {
      yield();
      *number = 3;
    }
  };
  static local<makes> maker;
  scheduler s;
  int others = 0;
  s.spawn([] { static_cast<void>(*maker); });
  s.spawn([&] { ++others; });
  s.run();
  EXPECT_EQ(others, 1);
}

// The result of a detached fiber is destroyed after everything else of it.
TEST(local, that_the_result_of_a_detached_fiber_makes_at_its_end_is_destroyed_on_the_fiber) {
  static std::vector<std::string> notes;
  notes.clear();
  struct makes {
    bool armed = true;
    makes() = default;
    makes(makes&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    makes& operator=(makes&&) = delete;
    ~makes() {
      if (armed) note(first, notes, "");
    }
  };
  scheduler s;
  s.spawn([] { return makes(); }).detach();
  s.run();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0], "elsewhere");
}

}  // namespace
}  // namespace holdfast::fiber
