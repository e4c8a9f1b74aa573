// SPDX-License-Identifier: BSL-1.0
// A deadline that may pass at any moment: it does so, or not, before a wait and during it.
#include <compare>
#include <set>

#include <gtest/gtest.h>

#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

#include "lock/parking_lock_algorithm.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::model {
namespace {

TEST(any_time, has_passed_or_not_for_whoever_looks) {
  std::set<bool> seen;
  const result r = explore("looks", {}, [&seen](scenario& s) {
    s.thread("looks", [&seen] {
      const bool passed = steps::has_passed(any_time());
      expect(!passed || steps::has_passed(any_time()), "time went back");
      seen.insert(passed);
    });
  });
  EXPECT_TRUE(r) << r.summary() << r.failure;
  EXPECT_EQ(seen, (std::set{false, true}));
}

TEST(any_time, is_the_same_point_whenever_it_is_asked_for) {
  EXPECT_EQ(any_time().nanoseconds(), any_time().nanoseconds());
  EXPECT_NE(any_time().nanoseconds(), deadline::already_past().nanoseconds());
}

// How it went for a waiter with a deadline, beside the owner of a lock.
struct way {
  bool parked;  // when the owner looked
  bool woken;
  bool got;
  auto operator<=>(const way&) const = default;
};

std::set<way> ways_of_a_waiter(const deadline& until, result& r) {
  std::set<way> ways;
  r = explore("waits", {}, [&ways, until](scenario& s) {
    auto& lock = s.make<basic_parking_lock<steps>>("lock");
    auto& waiter = s.make<holdfast::detail::basic_waiter<steps>>("waiter");
    auto& is = s.make<way>("way", false, false, false);
    expect(lock.try_lock(), "not free at the beginning");
    s.thread("owner", [&lock, &is] {
      is.parked = holdfast::detail::basic_parking_lot<steps>::instance().waiters_of(&lock) != 0;
      lock.unlock();
    });
    s.thread("waiter", [&lock, &waiter, &is, until] {
      is.got = lock.try_lock_until(until, waiter);
      if (is.got) lock.unlock();
    });
    s.after([&] {
      is.woken = waiter.has_ended();
      ways.insert(is);
    });
  });
  return ways;
}

TEST(any_time, lets_a_waiter_park_until_it_is_woken_or_gives_up) {
  result r;
  const std::set<way> ways = ways_of_a_waiter(any_time(), r);
  EXPECT_TRUE(r) << r.summary() << r.failure;
  EXPECT_TRUE(ways.contains({true, true, true})) << "parked and woken";
  EXPECT_TRUE(ways.contains({true, false, false})) << "parked, and the deadline passed";
  EXPECT_TRUE(ways.contains({false, true, true})) << "parked after a look, and woken";
  EXPECT_TRUE(ways.contains({false, false, false})) << "gave up before it parked";
  EXPECT_TRUE(ways.contains({false, false, true})) << "found it free";
  EXPECT_FALSE(ways.contains({true, true, false})) << "woken in vain";
}

TEST(any_time, is_needed_to_park_as_who_is_late_already_does_not) {
  result r;
  const std::set<way> ways = ways_of_a_waiter(deadline::already_past(), r);
  EXPECT_TRUE(r) << r.summary() << r.failure;
  EXPECT_EQ(ways, (std::set<way>{{false, false, false}, {false, false, true}}));
}

// Who sleeps until its turn, or until its deadline if that comes before, may find either when it
// wakes by itself; the second time there is no turn before the deadline.
TEST(any_time, is_not_over_when_a_turn_comes) {
  std::set<bool> seen;
  const result r = explore("turns", {}, [&seen](scenario& s) {
    auto& waiter = s.make<holdfast::detail::basic_waiter<steps>>("waiter");
    s.thread("waits", [&seen, &waiter] {
      const auto sleep = [&waiter] {
        const auto next = holdfast::detail::crowding<steps>::turn_after(0);
        waiter.sleep(earlier(any_time(), next.until));
        return steps::has_passed(any_time());
      };
      const bool passed = sleep();
      seen.insert(passed);
      expect(passed || sleep(), "slept on after its deadline");
    });
  });
  EXPECT_TRUE(r) << r.summary() << r.failure;
  EXPECT_EQ(seen, (std::set{false, true}));
}

}  // namespace
}  // namespace holdfast::model
