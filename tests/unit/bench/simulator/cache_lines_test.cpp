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
};

TEST_F(lines_of_four, what_a_cpu_has_costs_it_no_transfer) {
  EXPECT_EQ(lines.use(0, line, access::write, 0), cost.near + cost.hit);
  EXPECT_EQ(lines.use(0, line + 8, access::read, 1'000), 1'000 + cost.hit);
  EXPECT_EQ(lines.use(0, line + 63, access::write, 1'000), 1'000 + cost.hit);
  EXPECT_EQ(lines.use(0, line, access::atomic, 1'000), 1'000 + cost.atomic);
  EXPECT_EQ(lines.total().all, 1);
  EXPECT_EQ(lines.of(line).all, 1);
  EXPECT_EQ(lines.of(other).all, 0);
}

TEST_F(lines_of_four, several_read_and_a_write_takes_it_from_all) {
  lines.use(0, line, access::write, 0);
  lines.use(1, line, access::read, 1'000);
  EXPECT_EQ(lines.use(0, line, access::read, 2'000), 2'000 + cost.hit);
  EXPECT_EQ(lines.use(1, line, access::read, 2'000), 2'000 + cost.hit);
  EXPECT_EQ(lines.total().all, 2);
  EXPECT_EQ(lines.use(0, line, access::write, 3'000), 3'000 + cost.near + cost.hit);
  EXPECT_EQ(lines.use(1, line, access::read, 4'000), 4'000 + cost.near + cost.hit);
  EXPECT_EQ(lines.total().all, 4);
}

TEST_F(lines_of_four, a_round_trip_by_reads_and_writes_is_four_transfers) {
  lines.use(0, line, access::write, 0);
  lines.use(1, line, access::read, 1'000);
  const auto before = lines.total().all;
  simulator::ns now = 2'000;
  for (const unsigned cpu : {1U, 0U}) {
    now = lines.use(cpu, line, access::write, now);
    now = lines.use(1 - cpu, line, access::read, now);
  }
  EXPECT_EQ(lines.total().all - before, 4);
  EXPECT_EQ(now, 2'000 + 4 * (cost.near + cost.hit));
}

TEST_F(lines_of_four, distance_is_that_of_the_nearest_to_read_and_of_the_farthest_to_write) {
  lines.use(0, line, access::write, 0);
  EXPECT_EQ(lines.use(2, line, access::read, 1'000), 1'000 + cost.far + cost.hit);
  EXPECT_EQ(lines.use(3, line, access::read, 2'000), 2'000 + cost.near + cost.hit);
  EXPECT_EQ(lines.use(3, line, access::write, 3'000), 3'000 + cost.far + cost.hit);
  EXPECT_EQ(lines.use(2, line, access::write, 4'000), 4'000 + cost.near + cost.hit);
  EXPECT_EQ(lines.total().all, 5);
  EXPECT_EQ(lines.total().far, 2);
}

TEST_F(lines_of_four, transfers_of_a_line_queue_behind_each_other_those_of_two_do_not) {
  lines.use(0, line, access::write, 0);
  lines.use(0, other, access::write, 0);
  const auto first = lines.use(1, line, access::atomic, 1'000);
  EXPECT_EQ(first, 1'000 + cost.near + cost.atomic);
  EXPECT_EQ(lines.use(0, line, access::atomic, 1'010), first + cost.near + cost.atomic);
  EXPECT_EQ(lines.use(1, other, access::read, 1'010), 1'010 + cost.near + cost.hit);
}

}  // namespace
