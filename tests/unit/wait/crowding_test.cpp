// SPDX-License-Identifier: BSL-1.0
// What a thread makes of its waits: when it finds a lock crowded, and what unmakes that.
#include "holdfast/wait/crowding.hpp"

#include <gtest/gtest.h>

#include "holdfast/platform/portable.hpp"

namespace holdfast::detail {
namespace {

// A platform whose clock and memory the test sets.
struct timed : platform::portable {
  static inline std::int64_t now = 0;
  static inline unsigned cpus = 2;
  static inline platform::crowd_memory memory{};
  static std::int64_t monotonic_now() noexcept { return now; }
  static unsigned cpu_count() noexcept { return cpus; }
  static platform::crowd_memory& my_crowd_memory(const void*) noexcept { return memory; }
  static void pause() noexcept {}
};

struct keeping : timed {
  static constexpr bool keeps_its_cpu = true;
};

class crowding_of_a_lock : public ::testing::Test {
 public:
  crowding_of_a_lock() {
    timed::now = 1'000'000;
    timed::cpus = 2;
    timed::memory = {};
  }

  // Comes `away` ns after it was last here, and waits for `wait`. Returns whether it found a crowd.
  // Fetching the lock's line takes 100 ns of that.
  static bool comes(std::int64_t away, std::int64_t wait) {
    timed::now += away;
    crowding<timed> crowd(&timed::memory);
    const bool crowded = crowd.found_held();
    timed::now += wait - line;
    EXPECT_TRUE(crowd.try_to_take([] {
      timed::now += line;
      return true;
    }));
    return crowded;
  }
  static constexpr std::int64_t line = 100;
  // The same, after it gave the lock to a waiter.
  static bool returns(std::int64_t away, std::int64_t wait) {
    crowding<timed>(&timed::memory).gave();
    return comes(away, wait);
  }
};

TEST_F(crowding_of_a_lock, the_first_wait_says_nothing) {
  EXPECT_FALSE(comes(0, 100'000));
  EXPECT_EQ(timed::memory.evidence, 0);
}

// As with an empty section, where all a thread does is to fetch cache lines.
TEST_F(crowding_of_a_lock, waits_that_are_dearer_than_the_work_between_make_a_crowd) {
  int waits = 0;
  while (!comes(300, 400)) ASSERT_LT(++waits, 100);
  EXPECT_LE(waits, static_cast<int>(tuning::waits_a_sample) * (tuning::evidence_of_a_crowd + 1));
}

TEST_F(crowding_of_a_lock, threads_that_come_back_at_once_after_giving_make_a_crowd_sooner) {
  int waits = 0;
  while (!returns(100, 50'000)) ASSERT_LT(++waits, 100);
  EXPECT_LE(waits, tuning::evidence_of_a_crowd / tuning::evidence_of_a_return + 1);
}

// One works outside while the other is inside: a microsecond each.
TEST_F(crowding_of_a_lock, threads_that_have_work_outside_make_none) {
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(comes(3'000, 300));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(returns(3'000, 50'000));
}

TEST_F(crowding_of_a_lock, it_does_not_grow_beyond_a_bound_and_ends_when_threads_stay_away) {
  for (int i = 0; i < 1000; ++i) returns(100, 50'000);
  int waits = 0;
  while (returns(5'000, 50'000)) ASSERT_LT(++waits, tuning::evidence_at_most);
}

TEST_F(crowding_of_a_lock, a_lock_that_is_free_at_a_turn_speaks_against_it) {
  while (!returns(100, 50'000)) {
  }
  const auto before = timed::memory.evidence;
  crowding<timed> crowd(&timed::memory);
  EXPECT_TRUE(crowd.finds_it_free([] { return false; }));
  EXPECT_LT(timed::memory.evidence, before);
  unsigned looks = 0;
  EXPECT_FALSE(crowd.finds_it_free([&looks] { return ++looks == tuning::looks_at_turn; }));
  while (timed::memory.evidence > 0) crowd.finds_it_free([] { return false; });
  EXPECT_TRUE(crowd.finds_it_free([] { return false; }));
  EXPECT_EQ(timed::memory.evidence, 0);
}

TEST_F(crowding_of_a_lock, the_memory_of_one_lock_is_not_taken_for_that_of_another) {
  while (!returns(100, 50'000)) {
  }
  const int other = 0;
  crowding<timed> of_other(&other);
  of_other.gave();
  of_other.got();
  EXPECT_EQ(timed::memory.lock, &timed::memory);
  EXPECT_FALSE(of_other.found_held());
  EXPECT_EQ(timed::memory.lock, &other);
  EXPECT_LT(timed::memory.evidence, tuning::evidence_of_a_crowd);
}

// Between distant CPUs a line costs more, and so longer sections make a crowd.
TEST_F(crowding_of_a_lock, the_price_of_a_cache_line_is_learnt_and_preemptions_are_not) {
  const auto before = timed::memory.transfer;
  const auto take_in = [](std::int64_t ns) {
    crowding<timed> crowd(&timed::memory);
    crowd.found_held();
    return crowd.try_to_take([ns] {
      timed::now += ns;
      return true;
    });
  };
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(take_in(5'000'000));
  EXPECT_EQ(timed::memory.transfer, before);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(take_in(300));
  EXPECT_NEAR(static_cast<double>(timed::memory.transfer), 300, 10);
  crowding<timed> crowd(&timed::memory);
  crowd.found_held();
  EXPECT_FALSE(crowd.try_to_take([] { return false; }));
}

// A hand-over ends a sample as well as taking the lock does.
TEST_F(crowding_of_a_lock, a_wait_that_ends_by_a_hand_over_is_a_wait) {
  const auto waits_for_hand_over = [] {
    timed::now += 300;
    crowding<timed> crowd(&timed::memory);
    const bool crowded = crowd.found_held();
    timed::now += 400;
    crowd.got();
    return crowded;
  };
  int waits = 0;
  while (!waits_for_hand_over()) ASSERT_LT(++waits, 100);
}

TEST_F(crowding_of_a_lock,
       a_thread_that_seldom_comes_and_waits_for_a_short_time_had_better_be_patient) {
  const auto is_worth_patience = [](std::int64_t away, std::int64_t wait) {
    for (unsigned i = 0; i < 2 * tuning::waits_a_sample; ++i) comes(away, wait);
    return crowding<timed>(&timed::memory).is_worth_patience();
  };
  EXPECT_FALSE(crowding<timed>(&timed::memory).is_worth_patience());
  EXPECT_TRUE(is_worth_patience(20'000, 20'000));
  EXPECT_FALSE(is_worth_patience(20'000, 200'000));
  EXPECT_TRUE(is_worth_patience(20'000, 200));
  EXPECT_FALSE(is_worth_patience(2'000, 1'000));
  const int other = 0;
  EXPECT_FALSE(crowding<timed>(&other).is_worth_patience());
}

// One that yields its CPU takes nothing from others by its patience.
TEST_F(crowding_of_a_lock, who_keeps_its_cpu_loses_patience_for_a_while_if_it_was_in_vain) {
  for (unsigned i = 0; i < 2 * tuning::waits_a_sample; ++i) comes(20'000, 200);
  const auto patient_waits_left_out = [] {
    for (int left_out = 0;; ++left_out) {
      crowding<keeping> crowd(&timed::memory);
      if (crowd.is_worth_patience()) {
        EXPECT_TRUE(crowd.loses_patience());
        EXPECT_FALSE(crowd.loses_patience()) << "only once";
        return left_out;
      }
    }
  };
  for (const int expected : {0, 1, 3, 7, 15, 31, 63, 127, 127})
    EXPECT_EQ(patient_waits_left_out(), expected);
  for (bool was_patient = false; !was_patient;) {
    crowding<keeping> crowd(&timed::memory);
    was_patient = crowd.is_worth_patience();
    crowd.got();
  }
  EXPECT_EQ(patient_waits_left_out(), 0) << "it was not in vain";
  EXPECT_FALSE(crowding<timed>(&timed::memory).loses_patience());
}

TEST_F(crowding_of_a_lock, with_one_cpu_there_is_none_and_nobody_asks) {
  timed::cpus = 1;
  EXPECT_FALSE(crowding<timed>(nullptr).may_ask());
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(returns(100, 50'000));
}

TEST_F(crowding_of_a_lock, turns_follow_each_other_and_are_the_shorter_the_more_wait) {
  std::int64_t newest = 0;
  std::int64_t before = timed::now;
  std::int64_t distance = 2 * tuning::longest_turn_ns;
  for (int i = 0; i < 64; ++i) {
    newest = static_cast<std::int64_t>(
        crowding<timed>::turn_after(static_cast<std::uintptr_t>(newest)).at);
    EXPECT_LE(newest - before, distance);
    distance = newest - before;
    before = newest;
    if (i == 0) {
      EXPECT_EQ(distance, tuning::longest_turn_ns);
    }
  }
  EXPECT_EQ(distance, tuning::shortest_turn_ns);
  timed::now = newest + 1;  // all are over
  EXPECT_EQ(crowding<timed>::turn_after(static_cast<std::uintptr_t>(newest)).at,
            static_cast<std::uintptr_t>(timed::now + tuning::longest_turn_ns));
}

}  // namespace
}  // namespace holdfast::detail
