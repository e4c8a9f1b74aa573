// SPDX-License-Identifier: BSL-1.0
// Who runs when on the simulated machine, and when sleepers wake.
#include "simulator/machine.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "simulator/platform.hpp"

namespace {

using holdfast::deadline;
using holdfast::platform::futex_result;
using simulator::costs;
using simulator::machine;
using simulator::ns;
using simulator::order;
using simulator::simulated;

// Without what is random.
costs even() {
  costs cost;
  cost.spread = 0;
  cost.tick_work = 0;
  return cost;
}

struct word {
  alignas(64) simulator::atomic<std::uint32_t> value;
};

template <class T>
T& on(machine& where) {
  return *::new (where.allocate(sizeof(T))) T;
}

TEST(machine, two_cpus_play_ball_in_the_measured_time) {
  machine two({.cpus = 2}, costs{}, 1);
  auto& ball = on<word>(two).value;
  constexpr unsigned trips = 1'000;
  ns begin = 0;
  ns end = 0;
  two.add_thread([&] {
    for (unsigned i = 0; i < 2 * trips; i += 2) {
      while (ball.load(order::acquire) != i) continue;
      if (i == 2) begin = two.now();
      ball.store(i + 1, order::release);
    }
    end = two.now();
  });
  two.add_thread([&] {
    for (unsigned i = 1; i < 2 * trips; i += 2) {
      while (ball.load(order::acquire) != i) continue;
      ball.store(i + 1, order::release);
    }
  });
  EXPECT_EQ(two.run(), 0);
  EXPECT_NEAR(static_cast<double>(end - begin) / (trips - 1.5), 226, 15);  // docs/performance.md
}

TEST(machine, threads_without_a_cpu_of_their_own_take_turns_by_the_slice) {
  const costs cost = even();
  machine one({.cpus = 1}, cost, 1);
  auto& shared = on<word>(one).value;
  std::vector<double> done(2);
  for (int i = 0; i < 2; ++i)
    one.add_thread([&] {
      while (one.now() < 10 * cost.slice) {
        one.spend(1'000);
        shared.fetch_add(1, order::relaxed);
        ++done[one.self()];
      }
    });
  EXPECT_EQ(one.run(), 0);
  const double half = 5.0 * static_cast<double>(cost.slice) / 1'010;
  EXPECT_NEAR(done[0], half, half / 50);
  EXPECT_NEAR(done[1], half, half / 50);
}

TEST(machine, a_sleeper_wakes_when_it_is_woken_or_when_its_time_has_come) {
  const costs cost = even();
  machine two({.cpus = 2}, cost, 1);
  auto& bell = on<word>(two).value;
  two.add_thread([&] {
    const ns before = two.now();
    EXPECT_EQ(simulated::futex_wait(bell, 0, deadline::after(100'000)),
              futex_result::deadline_passed);
    EXPECT_GE(two.now(), before + 100'000 + cost.slack);
    EXPECT_LE(two.now(), before + 110'000 + cost.slack);
    EXPECT_EQ(simulated::futex_wait(bell, 1, deadline::never()), futex_result::differed);
    EXPECT_EQ(simulated::futex_wait(bell, 0, deadline::never()), futex_result::woken);
    EXPECT_GE(two.now(), 1'000'000 + cost.wake);
    EXPECT_LE(two.now(), 1'020'000 + cost.wake);
  });
  two.add_thread([&] {
    two.spend(1'000'000);
    simulated::futex_wake(&bell, 1);
    simulated::futex_wake(&bell, 1);  // nobody
  });
  EXPECT_EQ(two.run(), 0);
  EXPECT_EQ(two.count().sleeps, 2);
  EXPECT_EQ(two.count().timeouts, 1);
  EXPECT_EQ(two.count().wakes, 1);
}

TEST(machine, one_that_nobody_wakes_is_lost) {
  machine two({.cpus = 2}, even(), 1);
  auto& bell = on<word>(two).value;
  two.add_thread([&] { simulated::futex_wait(bell, 0, deadline::never()); });
  two.add_thread([&] { two.spend(1'000); });
  EXPECT_EQ(two.run(), 1);
}

TEST(machine, a_fence_costs_all_who_run) {
  const costs cost = even();
  machine four({.cpus = 4}, cost, 1);
  ns others = 0;
  auto& shared = on<word>(four).value;
  for (int i = 0; i < 3; ++i)
    four.add_thread([&] {
      const ns before = four.now();
      four.spend(100'000);
      shared.load(order::relaxed);
      others += four.now() - before - 100'000;
    });
  four.add_thread([&] {
    four.spend(50'000);
    four.fence();
  });
  EXPECT_EQ(four.run(), 0);
  EXPECT_GE(others, 3 * cost.interrupt);
}

}  // namespace
