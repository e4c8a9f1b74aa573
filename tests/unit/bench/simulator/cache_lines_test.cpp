// SPDX-License-Identifier: BSL-1.0
// What moves which cache line, and how long that takes.
#include "simulator/cache_lines.hpp"

#include <gtest/gtest.h>

namespace {

using simulator::access;
using simulator::cache_lines;
using simulator::costs;

constexpr costs cost;

struct lines_of_four : testing::Test {
  // CPUs 0 and 1 on one socket, 2 and 3 on the other.
  cache_lines lines{{.cpus = 4, .sockets = 2}, cost};
  alignas(64) char line[64]{};
  alignas(64) char other[64]{};

  // When an access that nobody comes between is through.
  simulator::ns use(unsigned cpu, const void* address, access how, simulator::ns now) {
    if (lines.has(cpu, address, how)) return now + lines.work(how);
    const auto moves = lines.ask(cpu, address, how, now);
    lines.take(cpu, address, how);
    return moves.arrives;
  }
};

TEST_F(lines_of_four, whoever_has_a_line_keeps_it_for_half_of_the_way) {
  use(0, line, access::write, 0);
  const auto moves = lines.ask(1, line, access::write, 1'000);
  EXPECT_EQ(moves.leaves, 1'000 + cost.near / 2);
  EXPECT_TRUE(lines.has(0, line, access::write));
  EXPECT_FALSE(lines.has(1, line, access::read));
  lines.take(1, line, access::write);
  EXPECT_FALSE(lines.has(0, line, access::read));
  EXPECT_TRUE(lines.has(1, line, access::write));
}

TEST_F(lines_of_four, several_that_ask_get_it_in_order_each_from_the_one_before) {
  use(0, line, access::write, 0);
  const auto first = lines.ask(2, line, access::write, 1'000);
  const auto second = lines.ask(3, line, access::write, 1'001);
  EXPECT_EQ(first.arrives, 1'000 + cost.far + cost.hit);
  EXPECT_EQ(second.arrives, first.arrives + cost.near + cost.hit);
  EXPECT_EQ(lines.of(line).far, 1);
}

TEST_F(lines_of_four, what_a_cpu_has_costs_it_no_transfer) {
  EXPECT_EQ(use(0, line, access::write, 0), cost.near + cost.hit);
  EXPECT_EQ(use(0, line + 8, access::read, 1'000), 1'000 + cost.hit);
  EXPECT_EQ(use(0, line + 63, access::write, 1'000), 1'000 + cost.hit);
  EXPECT_EQ(use(0, line, access::atomic, 1'000), 1'000 + cost.atomic);
  EXPECT_EQ(lines.total().all, 1);
  EXPECT_EQ(lines.of(line).all, 1);
  EXPECT_EQ(lines.of(other).all, 0);
}

TEST_F(lines_of_four, several_read_and_a_write_takes_it_from_all) {
  use(0, line, access::write, 0);
  use(1, line, access::read, 1'000);
  EXPECT_EQ(use(0, line, access::read, 2'000), 2'000 + cost.hit);
  EXPECT_EQ(use(1, line, access::read, 2'000), 2'000 + cost.hit);
  EXPECT_EQ(lines.total().all, 2);
  EXPECT_EQ(use(0, line, access::write, 3'000), 3'000 + cost.near + cost.hit);
  EXPECT_EQ(use(1, line, access::read, 4'000), 4'000 + cost.near + cost.hit);
  EXPECT_EQ(lines.total().all, 4);
}

TEST_F(lines_of_four, a_round_trip_by_reads_and_writes_is_four_transfers) {
  use(0, line, access::write, 0);
  use(1, line, access::read, 1'000);
  const auto before = lines.total().all;
  simulator::ns now = 2'000;
  for (const unsigned cpu : {1U, 0U}) {
    now = use(cpu, line, access::write, now);
    now = use(1 - cpu, line, access::read, now);
  }
  EXPECT_EQ(lines.total().all - before, 4);
  EXPECT_EQ(now, 2'000 + 4 * (cost.near + cost.hit));
}

TEST_F(lines_of_four, distance_is_that_of_the_nearest_to_read_and_of_the_farthest_to_write) {
  use(0, line, access::write, 0);
  EXPECT_EQ(use(2, line, access::read, 1'000), 1'000 + cost.far + cost.hit);
  EXPECT_EQ(use(3, line, access::read, 2'000), 2'000 + cost.near + cost.hit);
  EXPECT_EQ(use(3, line, access::write, 3'000), 3'000 + cost.far + cost.hit);
  EXPECT_EQ(use(2, line, access::write, 4'000), 4'000 + cost.near + cost.hit);
  EXPECT_EQ(lines.total().all, 5);
  EXPECT_EQ(lines.total().far, 2);
}

TEST_F(lines_of_four, transfers_of_a_line_queue_behind_each_other_those_of_two_do_not) {
  use(0, line, access::write, 0);
  use(0, other, access::write, 0);
  const auto first = use(1, line, access::atomic, 1'000);
  EXPECT_EQ(first, 1'000 + cost.near + cost.atomic);
  EXPECT_EQ(use(0, line, access::atomic, 1'010), first + cost.near + cost.atomic);
  EXPECT_EQ(use(1, other, access::read, 1'010), 1'010 + cost.near + cost.hit);
}

}  // namespace
