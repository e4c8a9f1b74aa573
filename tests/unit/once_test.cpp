// SPDX-License-Identifier: BSL-1.0
// Once: one function runs whoever comes, an exception poisons, force heals, waits end as they are
// told.
#include "holdfast/once.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "support/emulated.hpp"
#include "support/parked.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "unit/park/lot_fixture.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::leaving;
using test::run_threads;
using test::scaled;

static_assert(sizeof(once) == 1);
static_assert(std::is_trivially_destructible_v<basic_once<platform::native>>);
static_assert(!std::is_copy_constructible_v<once> && !std::is_move_constructible_v<once>);

constinit once of_static_storage;

template <class Platform>
void await_queued(const basic_once<Platform>& on, std::size_t count) {
  auto& lot = detail::basic_parking_lot<typename Platform::unchecked>::instance();
  await([&] { return lot.waiters_of(&on) == count; });
}

// Leaves a function of `o` by an exception.
template <class Once>
void poison(Once& o) {
  EXPECT_THROW(o.call_force([](once_state&) { throw leaving{}; }), leaving);
  EXPECT_TRUE(o.is_poisoned());
}

template <class Platform>
class once_suite : public ::testing::Test {
 public:
  using once_type = basic_once<Platform>;
};
TYPED_TEST_SUITE(once_suite, detail::platforms, detail::names_of_platforms);

TEST(once, calls_the_first_function_and_no_other) {
  once o;
  int called = 0;
  EXPECT_FALSE(o.is_completed());
  o.call([&] { ++called; });
  EXPECT_TRUE(o.is_completed());
  o.call([&] { ++called; });
  o.call_force([&](once_state&) { ++called; });
  o.wait();
  o.wait_force();
  EXPECT_EQ(called, 1);
}

TEST(once, can_be_a_constant_initialised_global) {
  bool called = false;
  of_static_storage.call([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(once, calls_its_function_as_it_was_given) {
  once o;
  struct only_as_rvalue {
    std::unique_ptr<int> moves_only;
    int* result;
    void operator()() && { *result = *moves_only; }
  };
  int result = 0;
  o.call(only_as_rvalue{std::make_unique<int>(7), &result});
  EXPECT_EQ(result, 7);
}

TYPED_TEST(once_suite, runs_once_under_a_stampede_of_ten) {
  for (std::size_t round = 0; round < scaled(300); ++round) {
    typename TestFixture::once_type o;
    int called = 0;  // not atomic: the others see it only when it is done
    run_threads(10, [&] {
      o.call([&] { ++called; });
      EXPECT_EQ(called, 1);
      EXPECT_TRUE(o.is_completed());
    });
  }
}

TYPED_TEST(once_suite, those_who_come_while_it_runs_wait_for_its_end) {
  typename TestFixture::once_type o;
  std::atomic<bool> may_end{false};
  std::atomic<bool> ended{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 10; ++i)
    threads.emplace_back([&] {
      o.call([&] {
        await(may_end);
        ended = true;
      });
      EXPECT_TRUE(ended);
    });
  await_queued(o, 9);
  EXPECT_FALSE(o.is_completed());
  threads.emplace_back([&] { o.wait(); });
  threads.emplace_back([&] { EXPECT_TRUE(o.wait_for(1h)); });
  threads.emplace_back([&] { EXPECT_TRUE(o.wait_force(deadline::never())); });
  await_queued(o, 12);
  may_end = true;
}

TYPED_TEST(once_suite, waiting_before_anybody_has_begun_ends_when_it_is_completed) {
  typename TestFixture::once_type o;
  std::jthread waiter([&] { o.wait(); });
  await_queued(o, 1);
  bool called = false;
  o.call([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(once, an_exception_reaches_the_caller_and_poisons) {
  once o;
  EXPECT_THROW(o.call([] { throw leaving{}; }), leaving);
  EXPECT_TRUE(o.is_poisoned());
  EXPECT_FALSE(o.is_completed());
  bool called = false;
  EXPECT_THROW(o.call([&] { called = true; }), poisoned);
  EXPECT_THROW(static_cast<void>(o.call([&] { called = true; }, 1ms)), poisoned);
  EXPECT_THROW(o.wait(), poisoned);
  EXPECT_THROW(static_cast<void>(o.wait_for(0s)), poisoned);
  EXPECT_FALSE(called);
}

TEST(once, the_report_of_poison_names_the_once_and_the_way_out) {
  once o;
  poison(o);
  try {
    o.wait();
    FAIL() << "not reported";
  } catch (const poisoned& error) {
    EXPECT_EQ(error.mutex(), &o);
    EXPECT_NE(std::strstr(error.what(), "the once at"), nullptr) << error.what();
    EXPECT_NE(std::strstr(error.what(), "call_force"), nullptr) << error.what();
  }
}

TEST(once, force_sees_the_poison_and_heals_it) {
  once o;
  o.call_force([](once_state& state) { EXPECT_FALSE(state.is_poisoned()); });
  once other;
  poison(other);
  EXPECT_THROW(other.call_force([](const once_state& state) {
    EXPECT_TRUE(state.is_poisoned());
    throw leaving{};
  }),
               leaving);
  EXPECT_TRUE(other.is_poisoned());
  EXPECT_TRUE(other.call_force([](once_state& state) { EXPECT_TRUE(state.is_poisoned()); }));
  EXPECT_FALSE(other.is_poisoned());
  EXPECT_TRUE(other.is_completed());
  other.call([] { FAIL() << "called again"; });
  other.wait();
}

TYPED_TEST(once_suite, poison_is_reported_to_those_who_wait_and_a_forcing_call_takes_its_turn) {
  typename TestFixture::once_type o;
  std::atomic<bool> begun{false};
  std::atomic<bool> may_fail{false};
  std::atomic<int> reported{0};
  std::atomic<int> healed{0};
  std::thread failing([&] {
    EXPECT_THROW(o.call([&] {
      begun = true;
      await(may_fail);
      throw leaving{};
    }),
                 leaving);
  });
  await(begun);
  EXPECT_FALSE(o.call([] { FAIL() << "called beside another"; }, deadline::already_past()));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      try {
        o.wait();
      } catch (const poisoned&) {
        ++reported;
      }
    });
    threads.emplace_back([&] { EXPECT_TRUE(o.wait_force()); });
  }
  await_queued(o, 4);
  may_fail = true;
  failing.join();
  await_queued(o, 2);  // the forced waits go on
  await([&] { return reported == 2; });
  run_threads(4, [&] {
    o.call_force([&](once_state& state) {
      EXPECT_TRUE(state.is_poisoned());
      ++healed;
    });
  });
  threads.clear();
  EXPECT_EQ(healed, 1);
}

TYPED_TEST(once_suite, forcing_calls_that_waited_run_one_after_the_other_until_one_returns) {
  typename TestFixture::once_type o;
  std::atomic<int> calls{0};
  std::atomic<int> thrown{0};
  run_threads(8, [&] {
    try {
      o.call_force([&](once_state& state) {
        const int before = calls++;
        EXPECT_EQ(state.is_poisoned(), before != 0);
        if (before < 5) throw leaving{};
      });
    } catch (const leaving&) {
      ++thrown;
    }
  });
  EXPECT_EQ(calls, 6);
  EXPECT_EQ(thrown, 5);
  EXPECT_TRUE(o.is_completed());
}

TYPED_TEST(once_suite, waits_end_by_deadline_and_stop_without_a_trace) {
  typename TestFixture::once_type o;
  EXPECT_FALSE(o.wait_for(0s));
  EXPECT_FALSE(o.wait_for(1ms));
  EXPECT_FALSE(o.wait_until(std::chrono::system_clock::now() - 1h));
  EXPECT_FALSE(o.wait_until(deadline::in(1ms)));
  EXPECT_FALSE(o.wait_force(1ms));
  std::stop_source source;
  EXPECT_FALSE(o.wait_until(deadline::already_past(), source.get_token()));
  std::thread waiter([&] { EXPECT_FALSE(o.wait(source.get_token())); });
  await_queued(o, 1);
  source.request_stop();
  waiter.join();
  EXPECT_FALSE(o.wait(source.get_token()));
  EXPECT_FALSE(o.call([] { FAIL() << "called after a stop"; }, source.get_token()));
  EXPECT_FALSE(o.is_completed());
  await_queued(o, 0);
  bool called = false;
  EXPECT_TRUE(o.call([&] { called = true; }, 0s));
  EXPECT_TRUE(called);
  EXPECT_TRUE(o.wait_for(0s));
  EXPECT_TRUE(o.wait_until(std::chrono::steady_clock::time_point::max()));
}

// The thread that ran the function does not touch the once any more when others can see its end.
TYPED_TEST(once_suite, may_be_destroyed_as_soon_as_it_is_seen_completed) {
  using type = typename TestFixture::once_type;
  struct alignas(type) memory {
    std::array<unsigned char, sizeof(type)> bytes;
  };
  for (std::size_t round = 0; round < scaled(2'000); ++round) {
    const auto place = std::make_unique<memory>();
    auto* const o = new (place->bytes.data()) type;
    std::thread runner([o, round] {
      o->call([o, round] {
        if (round % 2 == 0) await_queued(*o, 1);
      });
    });
    o->wait();
    o->~basic_once();
    place->bytes.fill(0xA5);
    runner.join();
    for (const unsigned char byte : place->bytes) ASSERT_EQ(byte, 0xA5);
  }
}

TYPED_TEST(once_suite, sixty_four_threads_race_with_deadlines_and_failures) {
  for (std::size_t round = 0; round < scaled(40); ++round) {
    typename TestFixture::once_type o;
    std::atomic<int> completed{0};
    std::atomic<int> calls{0};
    run_threads(64, [&](unsigned i) {
      const auto work = [&](const once_state&) {
        if (calls++ < 3) throw leaving{};
        ++completed;
      };
      try {
        if (i % 4 == 0)
          static_cast<void>(o.wait_force(10us));
        else if (i % 4 == 1)
          o.call_force(work, std::chrono::microseconds(i));
        else
          o.call_force(work);
      } catch (const leaving&) {
      }
    });
    EXPECT_EQ(completed, 1);
    EXPECT_TRUE(o.is_completed());
  }
}

TEST(once, works_in_destructors_of_thread_local_objects) {
  static once o;
  static std::atomic<int> called{0};
  struct at_thread_exit {
    ~at_thread_exit() {
      o.call([] { ++called; });
    }
  };
  run_threads(4, [] { static thread_local at_thread_exit last; });
  EXPECT_EQ(called, 1);
}

#if GTEST_HAS_DEATH_TEST
using checked_once = basic_once<platform::checked<platform::native>>;

TEST(once_death_test, calling_it_from_its_own_function_is_reported_by_checked_builds) {
  GTEST_FLAG_SET(death_test_style, test::death_test_style());
  EXPECT_DEATH(
      {
        checked_once o;
        o.call([&] { o.call([] {}); });
      },
      "it would wait for itself \\(once at");
  EXPECT_DEATH(
      {
        checked_once o;
        o.call([&] { o.wait(); });
      },
      "it would wait for itself \\(once at");
}
#endif

TEST(once, checked_builds_accept_its_right_use) {
  basic_once<platform::checked<platform::native>> o;
  poison(o);
  o.call_force([](once_state&) {});
  o.call([] {});
  o.wait();
}

}  // namespace
}  // namespace holdfast
