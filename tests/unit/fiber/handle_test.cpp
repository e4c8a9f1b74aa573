// SPDX-License-Identifier: BSL-1.0
// A handle: results and exceptions, who may join and when, the ends of a wait, stops, detaching.
#include "holdfast/fiber/handle.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/base/deadline.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/counted.hpp"
#include "support/emulated.hpp"
#include "support/parked.hpp"
#include "support/running_scheduler.hpp"

namespace holdfast::fiber {
namespace {

using namespace std::chrono_literals;
using test::running_scheduler;

struct failure : std::runtime_error {
  failure() : std::runtime_error("failure of a fiber") {}
};

std::error_code code_of(auto&& f) {
  try {
    f();
  } catch (const std::system_error& error) {
    return error.code();
  }
  return {};
}

TEST(handle, join_returns_the_result) {
  scheduler s;
  auto number = s.spawn([] { return 42; });
  auto text = s.spawn([] { return std::string("forty-two"); });
  s.run();
  EXPECT_EQ(number.join(), 42);
  EXPECT_EQ(text.join(), "forty-two");
}

TEST(handle, a_result_need_not_be_copied_nor_have_a_default) {
  struct no_default {
    explicit no_default(int n) : number(n) {}
    int number;
  };
  scheduler s;
  auto unique = s.spawn([] { return std::make_unique<int>(7); });
  auto other = s.spawn([] { return no_default(8); });
  s.run();
  EXPECT_EQ(*unique.join(), 7);
  EXPECT_EQ(other.join().number, 8);
}

TEST(handle, a_reference_is_returned_as_one) {
  scheduler s;
  int target = 1;
  auto reference = s.spawn([&]() -> int& { return target; });
  static_assert(std::is_same_v<decltype(reference.join()), int&>);
  s.run();
  EXPECT_EQ(&reference.join(), &target);
}

TEST(handle, join_throws_what_the_fiber_threw) {
  scheduler s;
  auto fails = s.spawn([]() -> int { throw failure(); });
  auto works = s.spawn([] {});
  s.run();
  EXPECT_THROW(fails.join(), failure);
  EXPECT_NO_THROW(works.join());
}

TEST(handle, is_joinable_until_it_is_joined_detached_or_moved_from) {
  scheduler s;
  handle<void> none;
  EXPECT_FALSE(none.joinable());
  auto joined = s.spawn([] {});
  auto fails = s.spawn([] { throw failure(); });
  auto detached = s.spawn([] {});
  auto from = s.spawn([] {});
  handle<void> to = std::move(from);
  EXPECT_FALSE(from.joinable());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(to.joinable());
  detached.detach();
  EXPECT_FALSE(detached.joinable());
  s.run();
  EXPECT_TRUE(joined.joinable());
  joined.join();
  EXPECT_FALSE(joined.joinable());
  EXPECT_THROW(fails.join(), failure);
  EXPECT_FALSE(fails.joinable());
}

TEST(handle, assigning_to_one_detaches_its_fiber) {
  scheduler s;
  int ended = 0;
  auto h = s.spawn([&] { ++ended; });
  h = s.spawn([&] { ++ended; });
  EXPECT_TRUE(h.joinable());
  s.run();
  EXPECT_EQ(ended, 2);
  h.join();
}

TEST(handle, a_thread_joins_a_fiber_of_another_thread) {
  running_scheduler there;
  auto h = there.spawn([] {
    for (int i = 0; i < 10; ++i) yield();
    return 1;
  });
  EXPECT_EQ(h.join(), 1);
}

TEST(handle, a_fiber_joins_one_of_its_scheduler_that_runs_meanwhile) {
  scheduler s;
  std::string order;
  s.spawn([&] {
    auto h = spawn([&] {
      order += 'b';
      yield();
      order += 'c';
      return 'd';
    });
    order += 'a';
    order += h.join();
  });
  s.run();
  EXPECT_EQ(order, "abcd");
}

TEST(handle, a_fiber_joins_one_of_another_scheduler) {
  running_scheduler there;
  running_scheduler here;
  int others = 0;
  std::atomic<bool> may_end{false};
  auto target = there.spawn([&] {
    while (!may_end.load()) sleep_for(100us);
    return 5;
  });
  auto joiner = here.spawn([&] {
    auto other = spawn([&] {
      ++others;
      may_end.store(true);
    });
    const int result = target.join();  // only if `other` runs meanwhile
    other.join();
    return result;
  });
  EXPECT_EQ(joiner.join(), 5);
  EXPECT_EQ(others, 1);
}

TEST(handle, everything_in_the_fiber_happens_before_the_join) {
  running_scheduler there;
  for (int i = 0; i < 200; ++i) {
    int written = 0;  // not atomic: ThreadSanitizer looks
    there.spawn([&] { written = i; }).join();
    EXPECT_EQ(written, i);
  }
}

TEST(handle, a_fiber_does_not_join_itself) {
  scheduler s;
  std::optional<handle<void>> self;
  std::error_code code;
  self = s.spawn([&] { code = code_of([&] { self->join(); }); });
  s.run();
  EXPECT_EQ(code, std::errc::resource_deadlock_would_occur);
  EXPECT_TRUE(self->joinable());
  self->join();
}

TEST(handle, a_wait_with_an_end_says_whether_the_fiber_ended) {
  scheduler s;
  std::atomic<bool> may_end{false};
  auto h = s.spawn([&] {
    while (!may_end.load()) yield();
  });
  EXPECT_FALSE(h.has_ended());
  s.spawn([&] {
    std::stop_source stop;
    EXPECT_FALSE(h.wait_for(1ms));
    EXPECT_FALSE(h.wait_until(std::chrono::steady_clock::now() + 1ms));
    EXPECT_FALSE(h.wait_until(std::chrono::system_clock::now() + 1ms));
    EXPECT_FALSE(h.wait_until(deadline::in(1ms)));
    EXPECT_FALSE(h.wait_for(0s));
    auto stops = spawn([&] { stop.request_stop(); });
    EXPECT_FALSE(h.wait(stop.get_token()));
    EXPECT_FALSE(h.has_ended());
    may_end.store(true);
    EXPECT_TRUE(h.wait_for(std::chrono::hours::max()));
    EXPECT_TRUE(h.wait(std::stop_token{}));
    EXPECT_TRUE(h.has_ended());
    h.wait();
  });
  s.run();
  EXPECT_TRUE(h.joinable());
  h.join();
}

TEST(handle, a_thread_waits_with_an_end_too) {
  running_scheduler there;
  std::atomic<bool> may_end{false};
  auto h = there.spawn([&] {
    while (!may_end.load()) sleep_for(100us);
  });
  EXPECT_FALSE(h.wait_for(1ms));
  std::stop_source stop;
  std::jthread stops([&] { stop.request_stop(); });
  EXPECT_FALSE(h.wait(stop.get_token()));
  may_end.store(true);
  h.wait();
  EXPECT_TRUE(h.has_ended());
}

TEST(handle, several_wait_for_one_fiber) {
  running_scheduler there;
  running_scheduler here;
  std::atomic<bool> may_end{false};
  auto h = there.spawn([&] {
    while (!may_end.load()) sleep_for(100us);
  });
  auto first = here.spawn([&] { h.wait(); });
  auto second = there.spawn([&] { h.wait(); });
  std::thread third([&] { h.wait(); });
  may_end.store(true);
  first.join();
  second.join();
  third.join();
  EXPECT_TRUE(h.has_ended());
}

TEST(handle, a_stop_reaches_the_fiber_by_its_token) {
  scheduler s;
  auto h = s.spawn([](const std::stop_token& stop) {
    int rounds = 0;
    while (!stop.stop_requested()) {
      ++rounds;
      yield();
    }
    return rounds;
  });
  s.spawn([&] {
    yield();
    EXPECT_TRUE(h.request_stop());
    EXPECT_FALSE(h.request_stop());
  });
  s.run();
  EXPECT_GE(h.join(), 1);
}

TEST(handle, a_stop_reaches_the_fiber_by_stop_token_of_this_fiber) {
  scheduler s;
  bool stopped = false;
  auto h = s.spawn([&] { stopped = !sleep_for(1h, stop_token()); });
  s.spawn([source = h.get_stop_source()]() mutable { source.request_stop(); });
  s.run();
  EXPECT_TRUE(stopped);
}

TEST(handle, a_stop_before_the_fiber_began_is_there_when_it_does) {
  scheduler s;
  auto h = s.spawn([](const std::stop_token& stop) { return stop.stop_requested(); });
  h.request_stop();
  s.run();
  EXPECT_TRUE(h.join());
}

TEST(handle, names_and_ids_tell_fibers_apart) {
  scheduler s;
  auto named = s.spawn({.name = "reader"}, [] { return std::pair(name(), id()); });
  auto nameless = s.spawn([] { return std::pair(name(), id()); });
  EXPECT_EQ(named.name(), "reader");
  EXPECT_EQ(nameless.name(), "");
  EXPECT_NE(named.id(), nameless.id());
  EXPECT_NE(named.id(), 0U);
  const auto id_of_named = named.id();
  const auto id_of_nameless = nameless.id();
  s.run();
  EXPECT_EQ(named.join(), std::pair(std::string("reader"), id_of_named));
  EXPECT_EQ(nameless.join(), std::pair(std::string(), id_of_nameless));
}

TEST(handle, joining_a_fiber_that_never_began_says_so) {
  std::optional<scheduler> s(std::in_place);
  auto h = s->spawn([] { return 1; });
  s.reset();
  EXPECT_TRUE(h.has_ended());
  EXPECT_EQ(code_of([&] { h.join(); }), std::errc::operation_canceled);
}

TEST(handle, the_result_and_the_function_live_no_longer_than_needed) {
  test::tally results;
  test::tally functions;
  {
    scheduler s;
    auto h =
        s.spawn([&results, owned = test::counted(functions)] { return test::counted(results); });
    s.run();
    EXPECT_EQ(functions.alive(), 0) << "it ends with the fiber";
    EXPECT_EQ(results.alive(), 1);
    EXPECT_TRUE(h.join().has_value());
    EXPECT_EQ(results.alive(), 0);
    s.spawn([&results] { return test::counted(results); }).detach();
    s.run();
    EXPECT_EQ(results.alive(), 0) << "of a detached fiber";
  }
  EXPECT_EQ(functions.copied, 0);
}

TEST(handle, an_exception_that_was_caught_inside_is_nobodys_business) {
  scheduler s;
  s.spawn([] {
     try {
       throw failure();
     } catch (const failure&) {
     }
   }).detach();
  s.run();
}

// What a detached fiber leaves behind is destroyed by its last act.
TEST(handle, the_result_of_a_detached_fiber_may_ask_who_destroys_it) {
  struct asks {
    bool armed = true;
    asks() = default;
    asks(asks&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    asks& operator=(asks&&) = delete;
    ~asks() {
      if (!armed) return;
      EXPECT_TRUE(in_fiber());
      EXPECT_FALSE(stop_token().stop_requested());
      yield();
    }
  };
  scheduler s;
  int others = 0;
  s.spawn([] { return asks(); }).detach();
  s.spawn([&] { ++others; });
  s.run();
  EXPECT_EQ(others, 1);
}

using handle_DeathTest = testing::Test;

TEST(handle_DeathTest, an_exception_that_leaves_a_detached_fiber_ends_the_program) {
  testing::GTEST_FLAG(death_test_style) = test::death_test_style();
  EXPECT_DEATH(
      {
        scheduler s;
        s.spawn({.name = "careless"}, [] { throw failure(); }).detach();
        s.run();
      },
      "holdfast: an exception leaves the fiber 'careless', which nobody can join");
}

}  // namespace
}  // namespace holdfast::fiber
