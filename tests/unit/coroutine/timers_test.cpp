// SPDX-License-Identifier: BSL-1.0
// The heap of alarms, and the rounds of the thread that serves it.
#include "holdfast/coroutine/timers.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"

#include "support/parked.hpp"
#include "support/seed.hpp"

namespace holdfast::detail {
namespace {

using namespace std::chrono_literals;
using native = platform::native;
using outcome = basic_waiter<native>::outcome;

deadline at_second(int second) {
  return deadline::at(std::chrono::system_clock::time_point(std::chrono::seconds(second)));
}

TEST(alarm_heap, gives_the_soonest_first) {
  std::vector<alarm<native>> alarms(6);
  alarm_heap<native> heap;
  EXPECT_EQ(heap.first(), nullptr);
  const int seconds[] = {4, 2, 6, 1, 5, 3};
  for (std::size_t i = 0; i < alarms.size(); ++i) {
    alarms[i].until = at_second(seconds[i]);
    heap.insert(alarms[i]);
  }
  std::vector<std::int64_t> order;
  while (heap.first() != nullptr) {
    order.push_back(heap.first()->until.nanoseconds() / 1'000'000'000);
    heap.remove(*heap.first());
  }
  EXPECT_EQ(order, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}));
}

TEST(alarm_heap, is_as_good_as_a_sorted_list_whatever_leaves) {
  test::random_numbers random(0);
  std::vector<alarm<native>> alarms(64);
  std::vector<alarm<native>*> in;
  alarm_heap<native> heap;
  const auto sooner = [](const alarm<native>* a, const alarm<native>* b) {
    return a->until.nanoseconds() < b->until.nanoseconds();
  };
  for (int step = 0; step < 20'000; ++step) {
    alarm<native>& any = alarms[static_cast<std::size_t>(random.next() % alarms.size())];
    const auto place = std::find(in.begin(), in.end(), &any);
    if (place == in.end()) {
      any.until = at_second(static_cast<int>(random.next() % 1'000));
      heap.insert(any);
      in.push_back(&any);
    } else {
      heap.remove(any);
      in.erase(place);
    }
    if (in.empty()) {
      ASSERT_EQ(heap.first(), nullptr);
    } else {
      ASSERT_EQ(heap.first()->until.nanoseconds(),
                (*std::min_element(in.begin(), in.end(), sooner))->until.nanoseconds());
    }
  }
}

TEST(timers, expire_those_whose_deadline_has_passed_and_no_others) {
  basic_timers<native> timers;
  basic_waiter<native> soon_waiter;
  basic_waiter<native> late_waiter;
  alarm<native> late;
  late.waiter = &late_waiter;
  late.until = deadline::in(1h);
  alarm<native> soon;
  soon.waiter = &soon_waiter;
  soon.until = deadline::in(1ms);
  timers.join(late);
  timers.join(soon);
  while (!soon_waiter.has_ended()) timers.serve();
  EXPECT_FALSE(late_waiter.has_ended());
  timers.leave(soon);
  timers.leave(late);
  timers.leave(late);
}

TEST(timers, wake_up_for_one_that_comes_sooner_than_those_before) {
  for (const auto clock : {deadline::clock_kind::monotonic, deadline::clock_kind::civil}) {
    basic_timers<native>& timers = basic_timers<native>::of(clock);
    const bool civil = clock == deadline::clock_kind::civil;
    const auto in = [civil](auto duration) {
      return civil ? deadline::at(std::chrono::system_clock::now() + duration)
                   : deadline::in(duration);
    };
    basic_waiter<native> late_waiter;
    alarm<native> late;
    late.waiter = &late_waiter;
    late.until = in(1h);
    timers.join(late);
    basic_waiter<native> soon_waiter;
    alarm<native> soon;
    soon.waiter = &soon_waiter;
    soon.until = in(1ms);
    timers.join(soon);
    test::await([&] { return soon_waiter.has_ended(); });
    EXPECT_TRUE(soon.until.has_passed());
    timers.leave(soon);
    timers.leave(late);
    EXPECT_FALSE(late_waiter.has_ended());
  }
}

}  // namespace
}  // namespace holdfast::detail
