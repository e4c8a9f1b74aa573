// SPDX-License-Identifier: BSL-1.0
// Every wait of a coroutine: one that is destroyed while it is suspended leaves no trace, and what it
// was given goes to others.
#include <chrono>
#include <optional>
#include <stop_token>

#include "conformance/coroutine/suite.hpp"
#include "support/seed.hpp"
#include "support/waiting.hpp"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class async_destroy : public turns {
 protected:
  using kept = std::optional<task<bool>>;
  kept keep_noting(int number, ends until = {}) { return kept(notes(all_.kept(), number, until)); }

  // What executors still have to run of those that are gone finds nothing to do.
  void expect_numbers(const std::vector<int>& expected) {
    all_.join();
    EXPECT_EQ(numbers_, expected);
    EXPECT_EQ(turn_->waiting(), 0U);
    EXPECT_TRUE(is_free());
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, async_destroy, ::testing::ValuesIn(primitives()),
                         names_of_primitives());

class async_destroy_handed_over : public async_destroy {};
INSTANTIATE_TEST_SUITE_P(conformance, async_destroy_handed_over,
                         ::testing::ValuesIn(primitives_that(&promises::hands_over)),
                         names_of_primitives());

TEST_P(async_destroy, leaves_the_queue_whatever_could_have_ended_the_wait) {
  const std::stop_source stop;
  hold();
  kept a = keep_noting(1);
  kept b = keep_noting(2, {ends::form::duration, 1h});
  begin_noting(3);
  await_waiting(3);
  {
    // The third is queued, and may still be about to release a lock, which wakes another.
    const setting::stopped nobody_runs(all_);
    kept c = keep_noting(4, {ends::form::stop, {}, stop.get_token()});
    kept d = keep_noting(5, {ends::form::deadline_and_stop, 1h, stop.get_token()});
    kept e = keep_noting(6, {ends::form::civil_point, 1h});
    a.reset();
    b.reset();
    c.reset();
    d.reset();
    e.reset();
    EXPECT_EQ(turn_->waiting(), 1U);
  }
  give_back();
  expect_numbers({3});
}

TEST_P(async_destroy, what_it_was_woken_for_goes_to_the_next) {
  hold();
  kept a = keep_noting(1);
  kept b = keep_noting(2);
  begin_noting(3);
  await_waiting(3);
  {
    const setting::stopped nobody_runs(all_);
    give_back();
    a.reset();
    b.reset();  // it was woken by the end of the one before
  }
  expect_numbers({3});
}

TEST_P(async_destroy, the_only_one_that_was_woken_leaves_the_turn_to_those_to_come) {
  hold();
  kept a = keep_noting(1);
  {
    const setting::stopped nobody_runs(all_);
    give_back();
    a.reset();
  }
  expect_numbers({});
}

// The stop is with the executor when they go; the deadline is, or is about to be.
TEST_P(async_destroy, an_end_that_was_posted_already_resumes_nobody) {
  std::stop_source stop;
  hold();
  kept a = keep_noting(1, {ends::form::stop, {}, stop.get_token()});
  {
    const setting::stopped nobody_runs(all_);
    const auto soon = std::chrono::steady_clock::now() + 1ms;
    kept b = keep_noting(2, {ends::form::duration, 1ms});
    stop.request_stop();
    test::await([&] { return std::chrono::steady_clock::now() > soon; });
    EXPECT_FALSE(a->is_done());
    a.reset();
    b.reset();
  }
  give_back();
  expect_numbers({});
}

TEST_P(async_destroy_handed_over, the_turn_itself_goes_to_the_next) {
  hold();
  kept a = keep_noting(1);
  begin_noting(2);
  await_waiting(2);
  outlast_barging();
  {
    const setting::stopped nobody_runs(all_);
    give_back();
    EXPECT_FALSE(turn_->try_take());
    a.reset();
  }
  expect_numbers({2});
}

// Two threads destroy coroutines wherever these wait for the turn, on their own executors, while
// parties of this setting compete with them.
TEST_P(async_destroy, anywhere_loses_neither_the_turn_nor_a_waiter) {
  const std::size_t rounds = this->rounds(500);
  std::size_t counter = 0;  // by whoever has the turn
  std::atomic<std::size_t> counted{0};
  constexpr unsigned competitors = 3;
  for (unsigned number = 0; number < competitors; ++number)
    begin([&](party who) -> task<> {
      for (std::size_t i = 0; i < rounds; ++i) {
        co_await turn_->take(who);
        ++counter;
        counted.fetch_add(1);
        if (i % 8 == 0) co_await who.pause();
        co_await turn_->give_back(who);
      }
    });
  // One of a destroyer's.
  struct victim {
    std::optional<task<>> body;
    bool has_turn = false;
  };
  constexpr ends::form forms[] = {ends::form::none, ends::form::duration, ends::form::deadline,
                                  ends::form::civil_point};
  const auto count = [&](party who, ends until, victim& me) -> task<> {
    me.has_turn = co_await turn_->take(who, until);
    if (!me.has_turn) co_return;
    ++counter;
    counted.fetch_add(1);
    co_await turn_->give_back(who);
    me.has_turn = false;
  };
  std::atomic<unsigned> left{2};
  std::vector<std::thread> destroyers;
  for (unsigned me = 0; me < 2; ++me)
    destroyers.emplace_back([&, me] {
      random_numbers random(me);
      manual_executor own;
      std::vector<victim> some(4);
      const auto destroy = [&](victim& one) {
        while (one.has_turn) {  // it has to give it back first
          own.run();
          give_way();
        }
        one.body.reset();
      };
      for (std::size_t i = 0; i < rounds; ++i) {
        victim& one = some[random.below(some.size())];
        destroy(one);
        const ends until{forms[random.below(std::size(forms))],
                         std::chrono::microseconds(random.below(100)),
                         {}};
        one.body.emplace(count(party(any_executor(own)), until, one));
        if (random.below(2) == 0) own.run_one();
      }
      for (victim& one : some) destroy(one);
      own.run();
      left.fetch_sub(1);
    });
  all_.await([&] { return left.load() == 0; });
  for (std::thread& each : destroyers) each.join();
  all_.join();
  EXPECT_EQ(counter, counted.load());
  EXPECT_EQ(turn_->waiting(), 0U);
  EXPECT_TRUE(is_free());
}

}  // namespace
}  // namespace holdfast::test
