// SPDX-License-Identifier: BSL-1.0
// Every wait of a coroutine: whoever leaves by an exception leaves nobody asleep, and those who wait
// for data that is poisoned by that are told.
#include "conformance/coroutine/suite.hpp"

namespace holdfast::test {
namespace {

constexpr unsigned competitors = 6;

class async_poison : public turns {
 protected:
  // Takes the turn, and expects to be refused or not.
  void begin_taking() {
    begin([this](party who) -> task<> {
      bool refused = false;
      try {
        const bool taken = co_await turn_->take(who);
        EXPECT_TRUE(taken);
      } catch (const poisoned&) {
        refused = true;
      }
      told_.fetch_add(refused);
      if (refused) co_return;
      served_.fetch_add(1);
      co_await turn_->give_back(who);
    });
  }
  // Who leaves is a coroutine, a thread or a fiber.
  void leave_elsewhere() {
    begin([this](party who) -> task<> {
      co_await turn_->take(who);
      turn_->leave();
    });
    all_.join();
  }

  std::atomic<unsigned> told_{0};
  std::atomic<unsigned> served_{0};
};
INSTANTIATE_TEST_SUITE_P(conformance, async_poison,
                         ::testing::ValuesIn(primitives_that(&promises::survives)),
                         names_of_primitives());

TEST_P(async_poison, whoever_waits_goes_on_when_the_owner_has_left_by_an_exception) {
  hold();
  for (unsigned i = 0; i < competitors; ++i) begin_taking();
  await_waiting(competitors);
  turn_->leave();
  all_.join();
  EXPECT_EQ(told_.load(), GetParam().is.poisons ? competitors : 0U);
  EXPECT_EQ(served_.load(), GetParam().is.poisons ? 0U : competitors);
  turn_->clear_poison();
  EXPECT_EQ(turn_->waiting(), 0U);
  EXPECT_TRUE(is_free());
}

TEST_P(async_poison, whoever_comes_later_is_told_until_the_poison_is_gone) {
  leave_elsewhere();
  for (unsigned i = 0; i < competitors; ++i) begin_taking();
  all_.join();
  EXPECT_EQ(told_.load(), GetParam().is.poisons ? competitors : 0U);
  turn_->clear_poison();
  begin_taking();
  all_.join();
  EXPECT_EQ(served_.load(), GetParam().is.poisons ? 1U : competitors + 1);
  EXPECT_TRUE(is_free());
}

}  // namespace
}  // namespace holdfast::test
