// SPDX-License-Identifier: BSL-1.0
// The deadline: every kind of duration and clock, and the ends of their ranges.
#include "holdfast/base/deadline.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <ratio>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using limits = std::numeric_limits<std::int64_t>;
using detail::nanoseconds_of;

template <class Rep, class Period = std::ratio<1>>
constexpr std::int64_t ns(Rep count) {
  return nanoseconds_of(std::chrono::duration<Rep, Period>(count));
}

TEST(deadline, converts_whole_durations_exactly) {
  EXPECT_EQ(nanoseconds_of(0s), 0);
  EXPECT_EQ(nanoseconds_of(1ns), 1);
  EXPECT_EQ(nanoseconds_of(-1ns), -1);
  EXPECT_EQ(nanoseconds_of(2us), 2'000);
  EXPECT_EQ(nanoseconds_of(3ms), 3'000'000);
  EXPECT_EQ(nanoseconds_of(-4s), -4'000'000'000);
  EXPECT_EQ(nanoseconds_of(5min), 300'000'000'000);
  EXPECT_EQ(nanoseconds_of(6h), 21'600'000'000'000);
  EXPECT_EQ((ns<short, std::milli>(7)), 7'000'000);
  EXPECT_EQ((ns<unsigned char, std::ratio<60>>(255)), 255LL * 60 * 1'000'000'000);
  EXPECT_EQ((ns<unsigned long long, std::nano>(9'000'000'000'000'000'000ULL)),
            9'000'000'000'000'000'000LL);
}

TEST(deadline, rounds_a_fraction_of_a_nanosecond_up_so_that_no_wait_ends_early) {
  EXPECT_EQ((ns<int, std::pico>(1)), 1);
  EXPECT_EQ((ns<int, std::pico>(999)), 1);
  EXPECT_EQ((ns<int, std::pico>(1000)), 1);
  EXPECT_EQ((ns<int, std::pico>(1001)), 2);
  EXPECT_EQ((ns<int, std::pico>(-1)), 0);
  EXPECT_EQ((ns<int, std::pico>(-1001)), -1);
  EXPECT_EQ((ns<int, std::ratio<1, 3>>(1)), 333'333'334);
  EXPECT_EQ((ns<long, std::atto>(1)), 1);
}

// Whatever its products: they may take more bits than any type has on some CPUs.
TEST(deadline, converts_periods_that_divide_no_second) {
  using whole = std::int64_t;
  EXPECT_EQ((nanoseconds_of(std::chrono::duration<whole, std::ratio<1001, 30'000>>(1))),
            33'366'667);
  EXPECT_EQ((nanoseconds_of(std::chrono::duration<whole, std::ratio<1001, 30'000>>(-1))),
            -33'366'666);
  using odd = std::ratio<1'000'000'007, 1'000'000'009>;
  EXPECT_EQ((nanoseconds_of(std::chrono::duration<whole, odd>(1'000'000'008))),
            1'000'000'006'000'000'002);
  EXPECT_EQ((nanoseconds_of(std::chrono::duration<whole, odd>(-1'000'000'008))),
            -1'000'000'006'000'000'001);
  EXPECT_EQ((nanoseconds_of(std::chrono::duration<std::uint64_t, std::pico>(~0ULL))),
            18'446'744'073'709'552);
}

TEST(deadline, converts_floating_durations) {
  EXPECT_EQ(ns(0.5), 500'000'000);
  EXPECT_EQ(ns(-0.5F), -500'000'000);
  EXPECT_EQ(ns(0.0), 0);
  EXPECT_EQ(ns(-0.0), 0);
  EXPECT_EQ((ns<double, std::milli>(1.5)), 1'500'000);
  EXPECT_EQ((ns<long double, std::nano>(3.0L)), 3);
}

TEST(deadline, rounds_a_floating_fraction_of_a_nanosecond_up_too) {
  EXPECT_EQ((ns<double, std::nano>(0.25)), 1);
  EXPECT_EQ((ns<double, std::nano>(1.5)), 2);
  EXPECT_EQ((ns<double, std::nano>(-1.5)), -1);
}

TEST(deadline, holds_what_is_too_large_at_the_ends_of_the_range) {
  EXPECT_EQ(nanoseconds_of(std::chrono::hours::max()), limits::max());
  EXPECT_EQ(nanoseconds_of(std::chrono::hours::min()), limits::min());
  EXPECT_EQ(nanoseconds_of(std::chrono::seconds::max()), limits::max());
  EXPECT_EQ(nanoseconds_of(std::chrono::seconds::min()), limits::min());
  EXPECT_EQ(nanoseconds_of(std::chrono::nanoseconds::max()), limits::max());
  EXPECT_EQ(nanoseconds_of(std::chrono::nanoseconds::min()), limits::min());
  EXPECT_EQ((ns<std::int64_t, std::exa>(limits::max())), limits::max());
  EXPECT_EQ((ns<std::int64_t, std::exa>(limits::min())), limits::min());
  EXPECT_EQ((ns<std::uint64_t>(std::numeric_limits<std::uint64_t>::max())), limits::max());
  EXPECT_EQ((ns<std::uint64_t, std::exa>(std::numeric_limits<std::uint64_t>::max())),
            limits::max());
}

TEST(deadline, holds_floating_infinities_at_the_ends_and_takes_nan_as_nothing) {
  EXPECT_EQ(ns(std::numeric_limits<double>::infinity()), limits::max());
  EXPECT_EQ(ns(-std::numeric_limits<double>::infinity()), limits::min());
  EXPECT_EQ(ns(std::numeric_limits<double>::max()), limits::max());
  EXPECT_EQ(ns(std::numeric_limits<float>::lowest()), limits::min());
  EXPECT_EQ((ns<long double, std::exa>(std::numeric_limits<long double>::max())), limits::max());
  EXPECT_EQ(ns(std::nan("")), 0);
  EXPECT_EQ(ns(std::nanf("")), 0);
  EXPECT_EQ(ns(9.3e9), limits::max());
}

TEST(deadline, sums_are_held_at_the_ends_too) {
  EXPECT_EQ(detail::saturated_sum(1, 2), 3);
  EXPECT_EQ(detail::saturated_sum(limits::max(), 1), limits::max());
  EXPECT_EQ(detail::saturated_sum(limits::min(), -1), limits::min());
  EXPECT_EQ(detail::saturated_sum(limits::max(), limits::min()), -1);
}

TEST(deadline, never_does_not_pass) {
  EXPECT_TRUE(deadline::never().is_never());
  EXPECT_FALSE(deadline::never().has_passed());
  EXPECT_TRUE(deadline::in(std::chrono::hours::max()).is_never());
  EXPECT_TRUE(deadline::in(std::chrono::duration<double>(1e300)).is_never());
  EXPECT_TRUE(deadline::in(std::chrono::nanoseconds::max()).is_never());
  EXPECT_TRUE(deadline::at(std::chrono::steady_clock::time_point::max()).is_never());
  EXPECT_TRUE(deadline::at(std::chrono::system_clock::time_point::max()).is_never());
}

TEST(deadline, what_is_not_in_the_future_has_passed) {
  EXPECT_TRUE(deadline::already_past().has_passed());
  EXPECT_FALSE(deadline::already_past().is_never());
  EXPECT_TRUE(deadline::in(0s).has_passed());
  EXPECT_TRUE(deadline::in(-1ns).has_passed());
  EXPECT_TRUE(deadline::in(std::chrono::hours::min()).has_passed());
  EXPECT_TRUE(deadline::in(std::chrono::duration<double>(std::nan(""))).has_passed());
  EXPECT_TRUE(deadline::at(std::chrono::steady_clock::now()).has_passed());
  EXPECT_TRUE(deadline::at(std::chrono::steady_clock::time_point::min()).has_passed());
  EXPECT_TRUE(deadline::at(std::chrono::system_clock::now()).has_passed());
  EXPECT_TRUE(deadline::at(std::chrono::system_clock::time_point::min()).has_passed());
  EXPECT_TRUE(deadline::at(std::chrono::system_clock::time_point{}).has_passed());
  EXPECT_TRUE(deadline::at(std::chrono::system_clock::time_point{} - 1h).has_passed());
}

TEST(deadline, what_is_in_the_future_has_not_passed) {
  EXPECT_FALSE(deadline::in(1h).has_passed());
  EXPECT_FALSE(deadline::at(std::chrono::steady_clock::now() + 1h).has_passed());
  EXPECT_FALSE(deadline::at(std::chrono::system_clock::now() + 1h).has_passed());
}

TEST(deadline, passes_when_its_time_has_come_and_not_before) {
  const auto begin = std::chrono::steady_clock::now();
  const deadline soon = deadline::in(2ms);
  while (!soon.has_passed()) {
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 2ms);
}

TEST(deadline, keeps_civil_time_on_its_own_clock) {
  const auto point = std::chrono::system_clock::now() + 1h;
  EXPECT_EQ(deadline::at(point).clock(), deadline::clock_kind::civil);
  EXPECT_EQ(deadline::at(point).nanoseconds(), nanoseconds_of(point.time_since_epoch()));
  EXPECT_EQ(deadline::at(std::chrono::steady_clock::now()).clock(),
            deadline::clock_kind::monotonic);
  EXPECT_EQ(deadline::in(1s).clock(), deadline::clock_kind::monotonic);
  const auto day = std::chrono::time_point_cast<std::chrono::hours>(point);  // any unit of it
  EXPECT_EQ(deadline::at(day).clock(), deadline::clock_kind::civil);
  EXPECT_EQ(deadline::at(day).nanoseconds(), nanoseconds_of(day.time_since_epoch()));
}

TEST(deadline, takes_civil_time_as_a_number) {
  static_assert(deadline::at_civil(5).nanoseconds() == 5);
  static_assert(deadline::at_civil(5).clock() == deadline::clock_kind::civil);
  static_assert(deadline::at_civil(-5).nanoseconds() == 0);
  static_assert(deadline::at_civil(limits::max()).is_never());
  EXPECT_TRUE(deadline::at_civil(5).has_passed());
}

TEST(deadline, nanoseconds_are_never_negative) {
  EXPECT_GE(deadline::in(-1h).nanoseconds(), 0);
  EXPECT_GE(deadline::at(std::chrono::system_clock::time_point::min()).nanoseconds(), 0);
  EXPECT_GE(deadline::at(std::chrono::steady_clock::time_point::min()).nanoseconds(), 0);
}

// A clock whose reading the test chooses.
template <class Rep, class Period>
struct fixed_clock {
  using rep = Rep;
  using period = Period;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<fixed_clock>;
  static constexpr bool is_steady = false;
  static inline rep reading{};
  static time_point now() { return time_point(duration(reading)); }
};

TEST(deadline, takes_any_clock_by_what_remains_on_it) {
  using ticks = fixed_clock<int, std::ratio<3600>>;
  ticks::reading = 100;
  EXPECT_FALSE(deadline::at(ticks::time_point(ticks::duration(101))).has_passed());
  EXPECT_TRUE(deadline::at(ticks::time_point(ticks::duration(100))).has_passed());
  EXPECT_TRUE(deadline::at(ticks::time_point(ticks::duration(-5))).has_passed());
  EXPECT_TRUE(deadline::reached(ticks::time_point(ticks::duration(100))));
  EXPECT_FALSE(deadline::reached(ticks::time_point(ticks::duration(101))));

  using real = fixed_clock<double, std::milli>;
  real::reading = 0.5;
  EXPECT_FALSE(deadline::at(real::time_point(real::duration(1e9))).has_passed());
  EXPECT_TRUE(deadline::at(real::time_point(real::duration(0.25))).has_passed());
}

// That of FILETIME: 100 ns since 1601, which no number of nanoseconds holds.
TEST(deadline, takes_clocks_whose_epoch_is_centuries_away) {
  using ticks = fixed_clock<std::int64_t, std::ratio<1, 10'000'000>>;
  using std::chrono::hours;
  const std::int64_t years_425 = 134'000'000'000'000'000;
  for (const std::int64_t reading : {years_425, -years_425}) {
    ticks::reading = reading;
    const deadline later = deadline::at(ticks::now() + hours(1));
    EXPECT_FALSE(later.has_passed());
    EXPECT_FALSE(later.is_never());
    const deadline expected = deadline::in(hours(1));
    EXPECT_LE(later.nanoseconds(), expected.nanoseconds());
    EXPECT_TRUE(deadline::at(ticks::now()).has_passed());
    EXPECT_TRUE(deadline::at(ticks::now() - hours(1)).has_passed());
    EXPECT_TRUE(deadline::at(ticks::time_point::max()).is_never());
    EXPECT_TRUE(deadline::at(ticks::time_point::min()).has_passed());
  }
}

// It looks like std::chrono::system_clock, and stands still.
struct late_clock : fixed_clock<std::int64_t, std::nano> {
  using time_point = std::chrono::time_point<late_clock, duration>;
  static time_point now() { return time_point(duration(reading)); }
  static std::time_t to_time_t(const time_point&) { return 0; }
};

TEST(deadline, takes_a_clock_that_looks_like_the_systems_and_is_late_by_what_remains) {
  late_clock::reading = 1000;
  const deadline until = deadline::at(late_clock::now() + std::chrono::hours(1));
  EXPECT_FALSE(until.has_passed());
  EXPECT_EQ(until.clock(), deadline::clock_kind::monotonic);
  EXPECT_TRUE(deadline::at(late_clock::now()).has_passed());
}

#if defined(__SIZEOF_INT128__)
TEST(deadline, holds_durations_of_more_than_64_bits) {
  __extension__ typedef __int128 wide;
  const wide large = wide{1} << 64;
  EXPECT_TRUE(deadline::in(std::chrono::duration<wide, std::nano>(large)).is_never());
  EXPECT_TRUE(deadline::in(std::chrono::duration<wide, std::nano>(-large)).has_passed());
  EXPECT_FALSE(deadline::in(std::chrono::duration<wide, std::nano>(3'600'000'000'000)).is_never());
}
#endif

TEST(deadline, takes_clocks_that_read_near_the_ends_of_their_range) {
  using ticks = fixed_clock<std::int64_t, std::nano>;
  ticks::reading = limits::min();
  EXPECT_FALSE(deadline::at(ticks::time_point(ticks::duration(0))).has_passed());
  EXPECT_TRUE(deadline::at(ticks::time_point(ticks::duration(limits::min()))).has_passed());
  ticks::reading = limits::max();
  EXPECT_TRUE(deadline::at(ticks::time_point(ticks::duration(limits::max() - 1))).has_passed());
  EXPECT_TRUE(deadline::at(ticks::time_point(ticks::duration(limits::min()))).has_passed());
}

TEST(earlier, gives_the_one_that_comes_first) {
  const deadline soon = deadline::in(1h);
  const deadline late = deadline::in(2h);
  EXPECT_EQ(earlier(soon, late).nanoseconds(), soon.nanoseconds());
  EXPECT_EQ(earlier(late, soon).nanoseconds(), soon.nanoseconds());
  EXPECT_EQ(earlier(soon, deadline::never()).nanoseconds(), soon.nanoseconds());
  EXPECT_EQ(earlier(deadline::never(), soon).nanoseconds(), soon.nanoseconds());
  EXPECT_TRUE(earlier(deadline::never(), deadline::never()).is_never());
  EXPECT_TRUE(earlier(deadline::already_past(), soon).has_passed());
}

TEST(earlier, compares_the_two_clocks_by_what_remains) {
  const deadline civil = deadline::at(std::chrono::system_clock::now() + 1h);
  EXPECT_EQ(earlier(civil, deadline::in(2h)).clock(), deadline::clock_kind::civil);
  EXPECT_EQ(earlier(deadline::in(2h), civil).clock(), deadline::clock_kind::civil);
  EXPECT_EQ(earlier(civil, deadline::in(1min)).clock(), deadline::clock_kind::monotonic);
  EXPECT_TRUE(earlier(civil, deadline::already_past()).has_passed());
}

static_assert(duration_like<std::chrono::nanoseconds>);
static_assert(duration_like<std::chrono::duration<float, std::ratio<7, 3>>>);
static_assert(!duration_like<int>);
static_assert(!duration_like<std::chrono::steady_clock::time_point>);
static_assert(time_point_like<std::chrono::steady_clock::time_point>);
static_assert(!time_point_like<deadline>);
static_assert(civil_time_point<std::chrono::system_clock::time_point>);
static_assert(!civil_time_point<std::chrono::steady_clock::time_point>);
static_assert(deadline::never().is_never());

}  // namespace
}  // namespace holdfast
