// SPDX-License-Identifier: BSL-1.0
// Parking and unparking: order, validation, tokens, and waits that end by themselves.
#include <chrono>
#include <memory>

#include "unit/park/lot_fixture.hpp"

namespace holdfast::detail {
namespace {

template <class Platform>
class parking_lot : public lot_suite<Platform> {};
TYPED_TEST_SUITE(parking_lot, platforms, names_of_platforms);

TYPED_TEST(parking_lot, is_one_and_the_same_for_all_threads) {
  const auto* const here = &this->lot();
  test::run_threads(4, [&] { EXPECT_EQ(&this->lot(), here); });
}

TYPED_TEST(parking_lot, does_not_park_if_validation_says_no) {
  int key = 0;
  basic_waiter<TypeParam> waiter;
  bool before_sleep_ran = false;
  const auto refused = [&] {
    return this->lot().park(
        &key, waiter, deadline::never(), [] { return false; }, [&] { before_sleep_ran = true; });
  };
  EXPECT_EQ(refused().end, park_end::not_parked);
  EXPECT_FALSE(before_sleep_ran);
  EXPECT_EQ(this->lot().waiters_of(&key), 0U);
}

TYPED_TEST(parking_lot, runs_before_sleep_when_the_waiter_is_queued_and_the_bucket_is_free) {
  int key = 0;
  basic_waiter<TypeParam> waiter;
  std::size_t queued = 0;
  const park_result result = this->lot().park(&key, waiter, deadline::never(), always, [&] {
    queued = this->lot().waiters_of(&key);
    EXPECT_TRUE(this->unpark(&key, 5));  // before it sleeps: the wake-up is not lost
  });
  EXPECT_EQ(queued, 1U);
  EXPECT_EQ(result.end, park_end::unparked);
  EXPECT_EQ(result.token, 5U);
}

TYPED_TEST(parking_lot, unparks_first_in_first_out) {
  int key = 0;
  constexpr std::size_t count = 10;
  queue_of_threads<TypeParam> waiters(&key, count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(this->unpark(&key, 100 + i));
    EXPECT_EQ(this->lot().waiters_of(&key), count - i - 1);
  }
  waiters.join();
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(waiters.of(i).end, park_end::unparked);
    EXPECT_EQ(waiters.of(i).token, 100 + i);
  }
}

TYPED_TEST(parking_lot, tells_who_unparks_whether_more_are_queued) {
  int key = 0;
  unpark_info told{};
  EXPECT_FALSE(this->unpark(&key, 0, &told));
  EXPECT_FALSE(told.found);
  EXPECT_FALSE(told.more);
  EXPECT_FALSE(told.hand_off);
  queue_of_threads<TypeParam> waiters(&key, 2);
  EXPECT_TRUE(this->unpark(&key, 0, &told));
  EXPECT_TRUE(told.found);
  EXPECT_TRUE(told.more);
  EXPECT_TRUE(this->unpark(&key, 0, &told));
  EXPECT_TRUE(told.found);
  EXPECT_FALSE(told.more);
  EXPECT_FALSE(this->unpark(&key, 0, &told));
}

TYPED_TEST(parking_lot, other_keys_keep_their_waiters_however_close_they_are) {
  char keys[64]{};
  std::vector<std::unique_ptr<queue_of_threads<TypeParam>>> waiters;
  for (char& key : keys) waiters.push_back(std::make_unique<queue_of_threads<TypeParam>>(&key, 1));
  for (std::size_t i = 0; i < std::size(keys); i += 2) EXPECT_TRUE(this->unpark(&keys[i], i));
  for (std::size_t i = 0; i < std::size(keys); ++i)
    EXPECT_EQ(this->lot().waiters_of(&keys[i]), i % 2);
  for (std::size_t i = 1; i < std::size(keys); i += 2) EXPECT_TRUE(this->unpark(&keys[i], i));
  for (std::size_t i = 0; i < std::size(keys); ++i) {
    waiters[i]->join();
    EXPECT_EQ(waiters[i]->of(0).token, i);
  }
}

TYPED_TEST(parking_lot, says_when_newcomers_have_barged_for_long_enough) {
  int key = 0;
  for (bool handed_off = false; !handed_off;) {  // within a millisecond or so of rounds
    const queue_of_threads<TypeParam> waiter(&key, 1);
    unpark_info told{};
    EXPECT_TRUE(this->unpark(&key, 0, &told));
    handed_off = told.hand_off;
  }
}

TYPED_TEST(parking_lot, unpark_all_wakes_the_waiters_of_the_key_and_no_others) {
  char keys[2]{};
  queue_of_threads<TypeParam> woken(&keys[0], 5);
  queue_of_threads<TypeParam> not_woken(&keys[1], 2);
  EXPECT_EQ(this->lot().unpark_all(&keys[0], 9), 5U);
  woken.join();
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(woken.of(i).token, 9U);
  EXPECT_EQ(this->lot().waiters_of(&keys[1]), 2U);
  EXPECT_EQ(this->lot().unpark_all(&keys[1], 0), 2U);
  EXPECT_EQ(this->lot().unpark_all(&keys[1], 0), 0U);
}

TYPED_TEST(parking_lot, a_waiter_whose_deadline_passes_leaves_no_trace) {
  int key = 0;
  basic_waiter<TypeParam> waiter;
  queue_of_threads<TypeParam> others(&key, 2);
  EXPECT_EQ(this->lot().park(&key, waiter, deadline::in(std::chrono::milliseconds(2)), always).end,
            park_end::deadline_passed);
  EXPECT_EQ(this->lot().park(&key, waiter, deadline::already_past(), always).end,
            park_end::deadline_passed);
  EXPECT_EQ(this->lot().waiters_of(&key), 2U);
  EXPECT_EQ(this->lot().unpark_all(&key, 0), 2U);
}

TYPED_TEST(parking_lot, a_waiter_that_is_interrupted_leaves_no_trace_wherever_it_stands) {
  int key = 0;
  for (std::size_t place = 0; place < 3; ++place) {
    basic_waiter<TypeParam> waiter;
    park_result result{};
    queue_of_threads<TypeParam> before(&key, place);
    std::thread parks([&] { result = this->lot().park(&key, waiter, deadline::never(), always); });
    this->await_queue(&key, place + 1);
    queue_of_threads<TypeParam> behind(&key, 2 - place);
    waiter.interrupt();
    parks.join();
    EXPECT_EQ(result.end, park_end::interrupted);
    EXPECT_EQ(this->lot().waiters_of(&key), 2U);
    EXPECT_TRUE(this->unpark(&key, 0));
    EXPECT_TRUE(this->unpark(&key, 0));
    EXPECT_FALSE(this->unpark(&key, 0));
  }
}

// An interruption holds for all later waits of the same waiter.
TYPED_TEST(parking_lot, a_waiter_that_was_interrupted_before_does_not_sleep) {
  int key = 0;
  basic_waiter<TypeParam> waiter;
  waiter.interrupt();
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(this->lot().park(&key, waiter, deadline::never(), always).end, park_end::interrupted);
  EXPECT_EQ(this->lot().waiters_of(&key), 0U);
}

TYPED_TEST(parking_lot, a_waiter_can_be_used_for_one_wait_after_the_other) {
  int key = 0;
  std::uintptr_t sum = 0;
  std::thread parks([&] {
    basic_waiter<TypeParam> waiter;
    for (int i = 0; i < 100; ++i)
      sum += this->lot().park(&key, waiter, deadline::never(), always).token;
  });
  for (int i = 0; i < 100; ++i) test::await([&] { return this->unpark(&key, 2); });
  parks.join();
  EXPECT_EQ(sum, 200U);
}

// The deadline passes while somebody unparks: exactly one of the two counts.
TYPED_TEST(parking_lot, a_deadline_that_races_with_unpark_loses_no_token) {
  int key = 0;
  const std::size_t rounds = test::scaled(5'000);
  std::size_t received = 0;
  std::atomic<bool> done{false};
  std::thread parks([&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      basic_waiter<TypeParam> waiter;
      const auto result = this->lot().park(
          &key, waiter, deadline::after(static_cast<std::int64_t>(1'000 * (i % 60))), always);
      if (result.end == park_end::unparked) {
        EXPECT_EQ(result.token, 3U);
        ++received;
      } else {
        EXPECT_EQ(result.end, park_end::deadline_passed);
      }
    }
    done.store(true);
  });
  std::size_t sent = 0;
  while (!done.load()) {
    if (this->unpark(&key, 3)) ++sent;
    std::this_thread::yield();
  }
  parks.join();
  EXPECT_EQ(received, sent);
}

TYPED_TEST(parking_lot, an_interruption_that_races_with_unpark_loses_no_token) {
  int key = 0;
  const std::size_t rounds = test::scaled(2'000);
  for (std::size_t i = 0; i < rounds; ++i) {
    basic_waiter<TypeParam> waiter;
    park_result result{};
    bool sent = false;
    test::run_threads(3, [&](unsigned index) {
      if (index == 0) result = this->lot().park(&key, waiter, deadline::never(), always);
      if (index == 1) {
        for (std::size_t pause = 0; pause < i % 5; ++pause) std::this_thread::yield();
        sent = this->unpark(&key, 4);
      }
      if (index == 2) waiter.interrupt();
    });
    EXPECT_EQ(result.end == park_end::unparked, sent);
    EXPECT_EQ(this->lot().waiters_of(&key), 0U);
  }
}

}  // namespace
}  // namespace holdfast::detail
