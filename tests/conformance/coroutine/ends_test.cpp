// SPDX-License-Identifier: BSL-1.0
// Every wait of a coroutine: how a deadline and a stop end it, and that they leave no trace.
#include <chrono>
#include <optional>
#include <stop_token>

#include "conformance/coroutine/suite.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned competitors = 6;

class async_ends : public turns {
 protected:
  // Nobody waits, and the turn can be had.
  void expect_no_trace() {
    EXPECT_EQ(turn_->waiting(), 0U);
    EXPECT_TRUE(is_free());
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, async_ends, ::testing::ValuesIn(primitives()),
                         names_of_primitives());

TEST_P(async_ends, a_free_turn_is_taken_whatever_the_deadline) {
  int number = 0;
  for (const ends::form form : forms_with_deadline)
    for (const std::chrono::nanoseconds after : {-1h, 0h, 1h})
      begin_noting(++number, {form, after});
  all_.join();
  EXPECT_EQ(numbers_.size() + static_cast<std::size_t>(gave_up_.load()),
            static_cast<std::size_t>(number));
  // They meet each other, so only those with an hour must have had it.
  EXPECT_GE(numbers_.size(), std::size(forms_with_deadline));
  numbers_.clear();
  for (const ends::form form : forms_with_deadline) {
    const setting::stopped nobody_runs(all_);
    EXPECT_TRUE(notes(all_.kept(), 1, {form, -1h}).result());
  }
  expect_no_trace();
}

TEST_P(async_ends, a_wait_ends_at_its_deadline_and_not_before) {
  hold();
  for (const ends::form form : forms_with_deadline) {
    std::atomic<bool> early{false};
    begin([&, form](party who) -> task<> {
      constexpr auto patience = 2ms;
      const auto begin = std::chrono::steady_clock::now();
      // Who blocks at a queue has no form with both.
      const ends until{who.is_coroutine() ? form : ends::form::duration, patience};
      const bool taken = co_await turn_->take(who, until);
      EXPECT_FALSE(taken) << "has a turn that somebody else has";
      // A civil clock may be set; only it would say when that wait has to end.
      if (form != ends::form::civil_point && std::chrono::steady_clock::now() - begin < patience)
        early.store(true);
    });
    all_.join();
    EXPECT_FALSE(early.load()) << static_cast<int>(form);
  }
  give_back();
  expect_no_trace();
}

TEST_P(async_ends, a_deadline_that_has_passed_is_no_wait) {
  hold();
  for (const ends::form form : forms_with_deadline) {
    const setting::stopped nobody_runs(all_);
    task<bool> taken = turn_->take(all_.kept(), {form, -1ms});
    ASSERT_TRUE(taken.is_done());
    EXPECT_FALSE(taken.result());
  }
  give_back();
  expect_no_trace();
}

TEST_P(async_ends, a_stop_that_was_requested_before_is_no_wait_and_takes_nothing) {
  std::stop_source stop;
  stop.request_stop();
  if (GetParam().is.looks_first) hold();
  for (const ends::form form : {ends::form::stop, ends::form::deadline_and_stop}) {
    begin([&, form](party who) -> task<> {
      const ends until{form, 1h, stop.get_token()};
      const bool taken = co_await turn_->take(who, until);
      EXPECT_FALSE(taken);
    });
  }
  all_.join();
  if (GetParam().is.looks_first) give_back();
  expect_no_trace();
}

TEST_P(async_ends, a_stop_ends_the_waits_of_everybody_and_resumes_nobody_itself) {
  hold();
  std::stop_source stop;
  for (unsigned i = 0; i < competitors; ++i)
    begin_noting(1, {ends::form::stop, {}, stop.get_token()});
  std::optional<task<bool>> kept(
      notes(all_.kept(), 2, {ends::form::deadline_and_stop, 1h, stop.get_token()}));
  await_waiting(competitors + 1);
  {
    const setting::stopped nobody_runs(all_);
    stop.request_stop();
    EXPECT_FALSE(kept->is_done()) << "resumed within request_stop";
  }
  all_.await([&] { return kept->is_done(); });
  EXPECT_FALSE(kept->result());
  all_.join();
  EXPECT_EQ(gave_up_.load(), static_cast<int>(competitors));
  give_back();
  expect_no_trace();
}

TEST_P(async_ends, a_turn_that_comes_together_with_a_stop_is_taken) {
  hold();
  std::stop_source stop;
  task<bool> kept = notes(all_.kept(), 1, {ends::form::stop, {}, stop.get_token()});
  {
    const setting::stopped nobody_runs(all_);
    give_back();
    stop.request_stop();
  }
  all_.await([&] { return kept.is_done(); });
  EXPECT_TRUE(kept.result());
  expect_no_trace();
}

TEST_P(async_ends, who_gives_up_does_not_take_the_turn_of_the_next) {
  hold();
  std::stop_source stop;
  begin_noting(1, {ends::form::stop, {}, stop.get_token()});
  await_waiting(1);
  begin_noting(2, {ends::form::duration, 1ms});
  begin_noting(3);
  all_.await([&] { return gave_up_.load() == 1; });
  stop.request_stop();
  all_.await([&] { return gave_up_.load() == 2; });
  await_waiting(1);
  give_back();
  all_.join();
  EXPECT_EQ(numbers_, std::vector{3});
  expect_no_trace();
}

// Ends that come in the very moment of the hand-over: either way nothing is lost.
TEST_P(async_ends, racing_with_the_others_lose_neither_the_turn_nor_a_waiter) {
  const std::size_t rounds = this->rounds(300);
  std::size_t counter = 0;  // by whoever has the turn
  std::atomic<std::size_t> obtained{0};
  std::vector<stop_slot> stops(competitors);
  for (unsigned number = 0; number < competitors; ++number)
    begin([&, number](party who) -> task<> {
      random_numbers random(number);
      for (std::size_t i = 0; i < rounds; ++i) {
        ends until{static_cast<ends::form>(random.below(forms_of_ends)),
                   std::chrono::microseconds(random.below(60)),
                   {}};
        if (until.as == ends::form::stop || until.as == ends::form::deadline_and_stop)
          until.stop = stops[number].renew();
        stops[random.below(competitors)].request_stop();
        if (number == 0) until = {};  // one never gives up
        const bool taken = co_await turn_->take(who, until);
        if (!taken) continue;
        ++counter;
        if (i % 8 == 0) co_await who.pause();
        co_await turn_->give_back(who);
        obtained.fetch_add(1);
      }
    });
  all_.join();
  EXPECT_EQ(counter, obtained.load());
  expect_no_trace();
}

}  // namespace
}  // namespace holdfast::test
