// SPDX-License-Identifier: BSL-1.0
// Threads that meet at a reader-writer lock: who goes on, who pauses, who sleeps until its turn.
#include "lock/meeting.hpp"

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"

#include "park/parking_lot_algorithm.hpp"

namespace holdfast::detail {
namespace {

// A platform whose clock the test sets; looking at it takes a microsecond, so that waits end.
struct timed : platform::native {
  static inline std::int64_t now = 0;
  static inline unsigned cpus = 2;
  static std::int64_t monotonic_now() noexcept { return now += 1'000; }
  static unsigned cpu_count() noexcept { return cpus; }
  static void pause() noexcept {}
};

class meeting_of_threads : public ::testing::Test {
 public:
  using way = meeting<timed>::way;
  meeting_of_threads() {
    timed::now = 1'000'000'000;
    timed::cpus = 2;
    row.met_at = timed::now;
  }

  // Meets somebody after so many reads in so many nanoseconds.
  way meets(std::uint32_t reads, std::int64_t nanoseconds) {
    row.reads += reads;
    timed::now += nanoseconds;
    meeting<timed> met(row);
    const way chosen = met.choose();
    if (chosen == way::pause) met.pause();
    if (chosen == way::turn) met.turn_begins();
    return chosen;
  }

  platform::reader_slots row;
};

TEST_F(meeting_of_threads, many_short_sections_since_the_last_one_make_it_a_turn) {
  EXPECT_EQ(meets(10'000, 200'000), way::turn);
  EXPECT_EQ(meets(10'000, 200'000), way::turn);
}

TEST_F(meeting_of_threads, whose_turn_has_just_begun_goes_on) {
  EXPECT_EQ(meets(10'000, 200'000), way::turn);
  EXPECT_EQ(meets(500, 10'000), way::on);
  EXPECT_EQ(meets(500, 10'000), way::on);
  EXPECT_EQ(meets(2'000, 40'000), way::turn) << "the sections since the turn began count";
}

TEST_F(meeting_of_threads, long_sections_or_work_between_them_make_no_turn) {
  EXPECT_EQ(meets(400, 200'000), way::pause);
  EXPECT_EQ(meets(400, 200'000), way::pause);
}

TEST_F(meeting_of_threads, a_meeting_now_and_then_makes_no_turn) {
  EXPECT_EQ(meets(100'000, tuning::meets_seldom_ns), way::pause);
}

TEST_F(meeting_of_threads, patience_ends_where_pauses_are_in_vain_and_comes_again) {
  EXPECT_EQ(meets(tuning::reads_worth_a_way, 10'000), way::pause);
  for (std::int32_t i = 1; i < tuning::patience_at_most; ++i)
    EXPECT_EQ(meets(1, 1'000), way::pause);
  for (std::int32_t i = 1; i < tuning::meetings_without_patience; ++i)
    ASSERT_EQ(meets(1, 1'000), way::on) << i;
  EXPECT_EQ(meets(1, 1'000), way::pause);
  EXPECT_EQ(meets(1, 1'000), way::on);
}

TEST_F(meeting_of_threads, a_pause_is_short_if_the_last_was_long_ago) {
  row.met_at = 0;
  EXPECT_EQ(meets(400, 200'000), way::pause);
  const std::int64_t before = timed::now;
  EXPECT_LT(row.met_at, before + 2 * tuning::give_way_once_ns);
  EXPECT_EQ(meets(8, 20'000), way::pause);
  EXPECT_GE(timed::now, before + 20'000 + tuning::give_way_ns);
}

TEST_F(meeting_of_threads, with_one_cpu_or_no_row_nobody_waits) {
  EXPECT_EQ(meeting<timed>(platform::no_reader_slots).choose(), way::on);
  timed::cpus = 1;
  EXPECT_EQ(meets(10'000, 200'000), way::on);
}

// The whole: it sleeps until its turn although nobody wakes it, and wakes the next if all have gone.
TEST_F(meeting_of_threads, a_turn_comes_without_a_wake_and_ends_with_the_crowd) {
  using lot_type = basic_parking_lot<timed::unchecked>;
  const char key = 0;
  basic_waiter<timed::unchecked> waiter;
  row.reads += 10'000;
  timed::now += 200'000;
  unsigned looks = 0;
  give_way<timed>(row, &key, waiter, deadline::never(), [&looks] { return ++looks == 2; });
  EXPECT_EQ(looks, 2U);
  EXPECT_EQ(lot_type::instance().waiters_of(&key), 0U);
}

}  // namespace
}  // namespace holdfast::detail
