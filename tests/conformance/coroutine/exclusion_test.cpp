// SPDX-License-Identifier: BSL-1.0
// Every wait of a coroutine: one has the turn at a time, sees what those before did, and nobody is
// left asleep.
#include "conformance/coroutine/suite.hpp"

namespace holdfast::test {
namespace {

constexpr unsigned competitors = 6;

class async_exclusion : public turns {};
INSTANTIATE_TEST_SUITE_P(conformance, async_exclusion, ::testing::ValuesIn(primitives()),
                         names_of_primitives());

// Two words, far apart and not atomic: whoever is next finds both as the last one left them.
TEST_P(async_exclusion, nobody_overlaps_and_nothing_is_lost) {
  struct {
    std::size_t first = 0;
    char between[256]{};
    std::size_t second = 0;
  } data;
  std::size_t torn = 0;
  const std::size_t rounds = this->rounds(300);
  for (unsigned number = 0; number < competitors; ++number)
    begin([&, number](party who) -> task<> {
      for (std::size_t i = 0; i < rounds; ++i) {
        co_await turn_->take(who);
        if (data.first != data.second) ++torn;
        ++data.first;
        if (i % 4 == number % 4) co_await who.pause();  // the others run into it
        ++data.second;
        co_await turn_->give_back(who);
        if (i % 8 == 0) co_await who.pause();
      }
    });
  all_.join();
  EXPECT_EQ(data.first, competitors * rounds);
  EXPECT_EQ(data.second, competitors * rounds);
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(turn_->waiting(), 0U);
  EXPECT_TRUE(is_free());
}

TEST_P(async_exclusion, a_free_turn_is_taken_without_a_suspension) {
  const setting::stopped nobody_runs(all_);
  const task<bool> noted = notes(all_.kept(), 1);
  EXPECT_TRUE(noted.is_done());
  EXPECT_EQ(numbers_, std::vector{1});
}

TEST_P(async_exclusion, what_is_taken_keeps_everybody_out_until_it_is_given_back) {
  hold();
  begin_noting(1);
  await_waiting(1);
  EXPECT_FALSE(turn_->try_take());
  EXPECT_TRUE(numbers_.empty());
  give_back();
  all_.join();
  EXPECT_EQ(numbers_, std::vector{1});
}

// Whoever gives the turn back goes on; the waiter does where its executor runs it.
TEST_P(async_exclusion, nobody_is_resumed_within_the_hand_over) {
  hold();
  task<bool> waits = notes(all_.kept(), 1);
  {
    const setting::stopped nobody_runs(all_);
    give_back();
    EXPECT_FALSE(waits.is_done());
    EXPECT_TRUE(numbers_.empty());
  }
  all_.await([&] { return waits.is_done(); });
  EXPECT_TRUE(waits.result());
  EXPECT_EQ(numbers_, std::vector{1});
}

// Every waiter is in the queue when the turn is given back for the first time, and each time only
// one is woken: each has to wake the next.
TEST_P(async_exclusion, those_who_all_wait_are_all_served) {
  constexpr std::size_t count = 3 * competitors;
  const std::size_t rounds = this->rounds(20);
  for (std::size_t i = 0; i < rounds; ++i) {
    hold();
    for (std::size_t number = 0; number < count; ++number) begin_noting(static_cast<int>(number));
    await_waiting(count);
    give_back();
    all_.join();
    EXPECT_EQ(numbers_.size(), (i + 1) * count);
    EXPECT_TRUE(is_free());
  }
}

}  // namespace
}  // namespace holdfast::test
