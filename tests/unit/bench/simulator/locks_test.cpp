// SPDX-License-Identifier: BSL-1.0
// What the simulation says of locks: that they lock, how their transfers grow, the same each time.
#include <string_view>

#include <gtest/gtest.h>

#include "simulator/experiment.hpp"
#include "simulator/session.hpp"

namespace {

using simulator::experiment;
using simulator::result;

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
    for (const auto& form : simulator::all_shapes)
      for (const unsigned cpus : {1U, 2U, 16U})
        for (const unsigned threads : {2U, 24U}) {
          experiment how = on_cpus(cpus, threads);
          how.form = form;
          how.where.sockets = cpus > 1 ? 2 : 1;
          const result came = lock.run(how);
          EXPECT_EQ(came.broken, 0) << lock.name << ", " << form.name << ", " << cpus;
          EXPECT_EQ(came.lost, 0) << lock.name << ", " << form.name << ", " << cpus;
          EXPECT_GT(came.sections_per_us, 0) << lock.name << ", " << form.name << ", " << cpus;
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

TEST(simulated_locks, a_section_of_mcs_moves_as_many_lines_whatever_the_number_of_cpus) {
  const double with_8 = simulate("mcs_lock", on_cpus(8, 8)).transfers;
  const double with_64 = simulate("mcs_lock", on_cpus(64, 64)).transfers;
  EXPECT_LT(with_8, 12);
  EXPECT_NEAR(with_64, with_8, 1);
}

TEST(simulated_locks, a_section_of_a_ticket_lock_moves_one_line_and_more_for_each_waiter) {
  EXPECT_GT(simulate("ticket_lock", on_cpus(8, 8)).transfers, 8);
  EXPECT_GT(simulate("ticket_lock", on_cpus(64, 64)).transfers, 64);
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
