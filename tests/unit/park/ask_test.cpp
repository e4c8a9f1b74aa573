// SPDX-License-Identifier: BSL-1.0
// Waiters that ask: they stay awake, go before those who sleep, and leave no trace.
#include <chrono>

#include "unit/park/lot_fixture.hpp"

namespace holdfast::detail {
namespace {

using namespace std::chrono_literals;

template <class Platform>
class asking : public lot_suite<Platform> {
 public:
  void SetUp() override {
    if (Platform::cpu_count() == 1) GTEST_SKIP() << "with one CPU nobody watches";
  }
};
TYPED_TEST_SUITE(asking, platforms, names_of_platforms);

// It looks for itself while it is in the queue, and so can unpark itself there.
TYPED_TEST(asking, a_waiter_that_asks_goes_before_one_that_sleeps) {
  const char key = 0;
  std::thread sleeper([&] { EXPECT_EQ(this->park(&key).token, 2U); });
  this->await_queue(&key, 1);
  basic_waiter<TypeParam> waiter;
  unpark_info told{};
  const auto asked = this->lot().ask(
      &key, waiter, deadline::never(), [] {},
      [&] {
        EXPECT_TRUE(this->unpark(&key, 1, &told));
        return false;
      });
  EXPECT_EQ(asked.end, park_end::unparked);
  EXPECT_EQ(asked.token, 1U);
  EXPECT_TRUE(told.asks);
  EXPECT_TRUE(told.more);
  EXPECT_FALSE(told.asleep);
  EXPECT_TRUE(this->unpark(&key, 2, &told));
  EXPECT_FALSE(told.asks);
  sleeper.join();
}

TYPED_TEST(asking, it_is_announced_once_and_before_the_first_look) {
  const char key = 0;
  basic_waiter<TypeParam> waiter;
  int announced = 0;
  this->lot().ask(
      &key, waiter, deadline::never(), [&announced] { ++announced; },
      [&announced] {
        EXPECT_EQ(announced, 1);
        return true;
      });
  EXPECT_EQ(announced, 1);
}

TYPED_TEST(asking, those_who_ask_are_served_in_order) {
  const char key = 0;
  basic_waiter<TypeParam> first;
  basic_waiter<TypeParam> second;
  const auto asked = this->lot().ask(
      &key, first, deadline::never(), [] {},
      [&] {
        const auto later = this->lot().ask(
            &key, second, deadline::never(), [] {},
            [&] {
              EXPECT_TRUE(this->unpark(&key, 1));
              EXPECT_TRUE(this->unpark(&key, 2));
              return true;
            });
        EXPECT_EQ(later.token, 2U);
        return true;
      });
  EXPECT_EQ(asked.token, 1U);
}

TYPED_TEST(asking, it_ends_after_a_while_and_leaves_no_trace) {
  const char key = 0;
  basic_waiter<TypeParam> waiter;
  const auto asked = this->lot().ask(&key, waiter, deadline::never(), [] {}, [] { return false; });
  EXPECT_EQ(asked.end, park_end::deadline_passed);
  EXPECT_EQ(this->lot().waiters_of(&key), 0U);
}

TYPED_TEST(asking, it_ends_when_it_has_enough_or_is_interrupted) {
  const char key = 0;
  basic_waiter<TypeParam> waiter;
  unsigned looks = 0;
  auto asked =
      this->lot().ask(&key, waiter, deadline::in(10s), [] {}, [&looks] { return ++looks == 3; });
  EXPECT_EQ(asked.end, park_end::deadline_passed);
  EXPECT_EQ(looks, 3U);
  waiter.interrupt();
  asked = this->lot().ask(&key, waiter, deadline::never(), [] {}, [] { return false; });
  EXPECT_EQ(asked.end, park_end::interrupted);
  EXPECT_EQ(this->lot().waiters_of(&key), 0U);
}

TYPED_TEST(asking, the_newest_waiter_of_a_key_can_be_looked_at) {
  const char keys[2] = {};
  std::uintptr_t seen = 0;
  const auto look = [&seen](std::uintptr_t about) { seen = about; };
  EXPECT_FALSE(this->lot().look_at_newest(&keys[0], look));
  std::vector<std::thread> sleepers;
  for (const std::uintptr_t about : {5U, 6U}) {
    sleepers.emplace_back([&, about] {
      basic_waiter<TypeParam> waiter;
      this->lot().park(&keys[0], waiter, deadline::never(), always, [] {}, {.about = about});
    });
    this->await_queue(&keys[0], about - 4);
  }
  EXPECT_TRUE(this->lot().look_at_newest(&keys[0], look));
  EXPECT_EQ(seen, 6U);
  EXPECT_TRUE(this->lot().look_at_oldest(&keys[0], look));
  EXPECT_EQ(seen, 5U);
  EXPECT_FALSE(this->lot().look_at_newest(&keys[1], look));
  EXPECT_EQ(this->lot().unpark_all(&keys[0], 0), 2U);
  for (std::thread& each : sleepers) each.join();
}

}  // namespace
}  // namespace holdfast::detail
