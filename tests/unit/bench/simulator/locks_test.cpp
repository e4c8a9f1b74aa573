// SPDX-License-Identifier: BSL-1.0
// What the simulation says of locks: that they lock, how their transfers grow, the same each time.
#include <string_view>

#include <gtest/gtest.h>

#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "lock/parking_lock_algorithm.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "simulator/experiment.hpp"
#include "simulator/session.hpp"
#include "spin/mcs_lock_algorithm.hpp"
#include "spin/spin_lock_algorithm.hpp"
#include "spin/ticket_lock_algorithm.hpp"

namespace {

using simulator::costs;
using simulator::experiment;
using simulator::machine;
using simulator::result;
using simulator::simulated;

constexpr simulator::work empty;
constexpr simulator::work a_microsecond_inside{.inside = 1'000};
constexpr simulator::work some_of_both{.inside = 1'000, .outside = 1'000};

experiment on_cpus(unsigned cpus, unsigned threads) {
  return {.where = {.cpus = cpus}, .threads = threads, .warm_up = 1'000'000, .lasts = 1'000'000};
}

result simulate(std::string_view name, const experiment& how) {
  for (const auto& each : simulator::all_contenders())
    if (name == each.name) return each.run(how);
  ADD_FAILURE() << name;
  return {};
}

TEST(simulated_locks, let_one_in_at_a_time_and_lose_nobody) {
  for (const auto& lock : simulator::all_contenders())
    for (const simulator::work each : {empty, a_microsecond_inside, some_of_both})
      for (const unsigned cpus : {1U, 2U, 16U})
        for (const unsigned threads : {2U, 24U}) {
          experiment how = on_cpus(cpus, threads);
          how.each = each;
          how.where.sockets = cpus > 1 ? 2 : 1;
          const result came = lock.run(how);
          EXPECT_EQ(came.broken, 0) << lock.name << ", " << each.inside << ", " << cpus;
          EXPECT_EQ(came.lost, 0) << lock.name << ", " << each.inside << ", " << cpus;
          EXPECT_GT(came.sections_per_us, 0) << lock.name << ", " << each.inside << ", " << cpus;
        }
}

// A look and a store that are two steps.
class no_lock {
 public:
  void lock() {
    while (held_.load(simulator::order::acquire) != 0) simulator::simulated::pause();
    held_.store(1, simulator::order::relaxed);
  }
  void unlock() { held_.store(0, simulator::order::release); }

 private:
  simulator::atomic<std::uint32_t> held_;
};

TEST(simulated_locks, one_that_lets_two_in_is_noticed) {
  EXPECT_GT(simulator::session<no_lock>(on_cpus(4, 4)).run().broken, 0);
}

// Sleeps without saying so.
class forgetful_lock {
 public:
  void lock() {
    while (held_.exchange(1, simulator::order::acquire) != 0)
      simulator::simulated::futex_wait(held_, 1, holdfast::deadline::never());
  }
  void unlock() { held_.store(0, simulator::order::release); }

 private:
  simulator::atomic<std::uint32_t> held_;
};

TEST(simulated_locks, one_that_wakes_nobody_is_noticed) {
  EXPECT_GT(simulator::session<forgetful_lock>(on_cpus(4, 4)).run().lost, 0);
}

TEST(simulated_locks, alone_they_move_nothing) {
  for (const auto& lock : simulator::all_contenders())
    EXPECT_EQ(lock.run(on_cpus(2, 1)).transfers, 0) << lock.name;
}

// Transfers of the lock's line if two CPUs take it by turns, ten times each and long after each other.
template <class Lock>
std::uint64_t transfers_without_meeting() {
  machine two({.cpus = 2}, costs{}, 1);
  Lock& lock = *::new (two.allocate(sizeof(Lock))) Lock;
  for (int i = 0; i < 2; ++i)
    two.add_thread([&two, &lock, i] {
      two.spend(i * 100'000);
      for (int pairs = 0; pairs < 10; ++pairs) {
        lock.lock();
        lock.unlock();
        two.spend(200'000);
      }
    });
  EXPECT_EQ(two.run(), 0);
  return two.lines().of(&lock).all;
}

TEST(simulated_locks, without_meeting_a_pair_moves_the_line_once) {
  EXPECT_EQ(transfers_without_meeting<holdfast::basic_parking_lock<simulated>>(), 20);
  EXPECT_EQ(transfers_without_meeting<holdfast::basic_spin_lock<simulated>>(), 20);
  EXPECT_EQ(transfers_without_meeting<holdfast::basic_ticket_lock<simulated>>(), 20);
  // It looks at the line before it takes the lock. The first time nobody has it yet.
  EXPECT_EQ(transfers_without_meeting<holdfast::basic_mcs_lock<simulated>>(), 39);
}

// Transfers of all lines from the first release until the last, if so many wait in a row.
template <class Lock>
std::uint64_t transfers_of_hand_overs(unsigned waiters) {
  machine many({.cpus = waiters + 1}, costs{}, 1);
  Lock& lock = *::new (many.allocate(sizeof(Lock))) Lock;
  std::uint64_t before = 0;
  for (unsigned i = 0; i <= waiters; ++i)
    many.add_thread([&many, &lock, &before, i] {
      many.spend(i * 20'000);
      lock.lock();
      if (i == 0) {
        many.spend(5'000'000);
        many.yield();  // lets all others come
        before = many.lines().total().all;
      }
      many.spend(100'000);
      lock.unlock();
    });
  EXPECT_EQ(many.run(), 0);
  return many.lines().total().all - before;
}

TEST(simulated_locks, a_hand_over_of_a_ticket_lock_moves_its_line_to_each_waiter) {
  using ticket = holdfast::basic_ticket_lock<simulated>;
  // One to write it and one for each who reads it, w + 1 with w waiters, then w, and so on. The
  // first owner has lost the line to those who came, and reads it before.
  for (const unsigned waiters : {1U, 8U, 32U})
    EXPECT_EQ(transfers_of_hand_overs<ticket>(waiters), (waiters + 1) * (waiters + 2) / 2 + 1);
}

TEST(simulated_locks, a_hand_over_of_mcs_moves_the_same_number_of_lines_however_many_wait) {
  using mcs = holdfast::basic_mcs_lock<simulated>;
  const auto of_8 = transfers_of_hand_overs<mcs>(8);
  const auto of_16 = transfers_of_hand_overs<mcs>(16);
  EXPECT_EQ(transfers_of_hand_overs<mcs>(48) - of_16, 4 * (of_16 - of_8));
  EXPECT_LE(of_16 - of_8, 8 * 8);
}

TEST(simulated_locks, threads_that_take_turns_move_few_lines_and_use_one_cpu) {
  experiment how = on_cpus(16, 16);
  how.warm_up = 10'000'000;
  how.lasts = 10'000'000;
  const result turns = simulate("parking_lock", how);
  EXPECT_LT(turns.transfers, 0.1);
  EXPECT_LT(turns.cpus, 1.2);
  const result none = simulate("parking_lock, no turns", how);
  EXPECT_GT(none.transfers, 8);
  EXPECT_GT(none.cpus, 4);
}

TEST(simulated_locks, the_same_seed_is_the_same_run) {
  for (const auto& lock : simulator::all_contenders()) {
    experiment how = on_cpus(16, 20);
    const result one = lock.run(how);
    EXPECT_EQ(one, lock.run(how)) << lock.name;
    how.seed = 2;
    EXPECT_NE(one, lock.run(how)) << lock.name;
  }
}

TEST(simulated_locks, sockets_far_apart_cost_more) {
  experiment how = on_cpus(16, 16);
  const result near = simulate("mcs_lock", how);
  how.where.sockets = 2;
  const result far = simulate("mcs_lock", how);
  EXPECT_EQ(near.far_transfers, 0);
  EXPECT_GT(far.far_transfers, 0);
  EXPECT_LT(far.sections_per_us, near.sections_per_us);
}

}  // namespace
