// SPDX-License-Identifier: BSL-1.0
// Every wait of a coroutine: who is served first, and that nobody is passed by for ever.
#include <numeric>

#include "conformance/coroutine/suite.hpp"
#include "support/waiting.hpp"

namespace holdfast::test {
namespace {

class async_order : public turns {};
INSTANTIATE_TEST_SUITE_P(conformance, async_order,
                         ::testing::ValuesIn(primitives_that(&promises::in_order)),
                         names_of_primitives());

class async_hand_over : public turns {};
INSTANTIATE_TEST_SUITE_P(conformance, async_hand_over,
                         ::testing::ValuesIn(primitives_that(&promises::hands_over)),
                         names_of_primitives());

// They come one by one, and nobody comes later.
TEST_P(async_order, those_who_wait_are_served_as_they_came) {
  constexpr std::size_t count = 10;
  std::vector<int> as_they_came(count);
  std::iota(as_they_came.begin(), as_they_came.end(), 0);
  hold();
  for (std::size_t i = 0; i < count; ++i) {
    begin_noting(static_cast<int>(i));
    await_waiting(i + 1);
  }
  give_back();
  all_.join();
  EXPECT_EQ(numbers_, as_they_came);
}

TEST_P(async_hand_over, the_turn_itself_is_handed_over_when_others_have_barged_for_long_enough) {
  hold();
  task<bool> waits = notes(all_.kept(), 1);
  outlast_barging();
  {
    const setting::stopped nobody_runs(all_);
    give_back();
    EXPECT_FALSE(turn_->try_take()) << "not handed over";
  }
  all_.await([&] { return waits.is_done(); });
  EXPECT_TRUE(is_free());
}

// Counted in the other one's turns and not in time. A hand-over comes after a millisecond at most;
// the rest is for executors and schedulers that have better things to do than to run the waiter.
TEST_P(async_hand_over, a_waiter_gets_the_turn_although_another_one_never_stops_taking_it) {
  constexpr std::size_t at_most = 20'000'000;
  std::atomic<bool> enough{false};
  std::atomic<std::size_t> taken{0};
  const std::size_t wanted = rounds(50);
  begin([&](party who) -> task<> {
    for (std::size_t i = 0; !enough.load() && i < at_most; ++i) {
      co_await turn_->take(who);
      taken.fetch_add(1);
      if (i % 16 == 0) co_await who.pause();  // with the turn: whoever was woken comes in vain
      co_await turn_->give_back(who);
    }
    EXPECT_TRUE(enough.load()) << "more than " << at_most << " turns passed a waiter by";
  });
  all_.await([&] { return taken.load() > 100; });
  begin([&](party who) -> task<> {
    for (std::size_t i = 0; i < wanted; ++i) {
      co_await turn_->take(who);
      co_await turn_->give_back(who);
    }
    enough.store(true);
  });
  all_.join();
}

}  // namespace
}  // namespace holdfast::test
