// SPDX-License-Identifier: BSL-1.0
// The histogram of the benchmarks: quantiles, sums, the exact maximum.
#include "../../../bench/harness/histogram.hpp"

#include <cstdint>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

namespace {

using bench::histogram;

TEST(histogram, is_empty_at_first) {
  const histogram values;
  EXPECT_EQ(values.count(), 0U);
  EXPECT_EQ(values.greatest(), 0U);
  EXPECT_EQ(values.quantile(0.5), 0);
}

TEST(histogram, is_exact_for_small_values) {
  histogram values;
  for (std::uint64_t i = 0; i <= 40; ++i) values.add(i);
  EXPECT_EQ(values.count(), 41U);
  EXPECT_EQ(values.quantile(0.5), 20);
  EXPECT_EQ(values.quantile(1), 40);
}

TEST(histogram, finds_any_value_within_three_percent) {
  for (std::uint64_t value = 1; value < std::numeric_limits<std::uint64_t>::max() / 3;
       value += value / 7 + 1) {
    histogram values;
    values.add(value);
    values.add(std::numeric_limits<std::uint64_t>::max());
    EXPECT_NEAR(values.quantile(0.5) / static_cast<double>(value), 1, 0.03) << value;
  }
}

TEST(histogram, knows_rare_values_and_the_greatest) {
  histogram values;
  for (int i = 0; i < 9980; ++i) values.add(100);
  for (int i = 0; i < 20; ++i) values.add(1'000'000);
  values.add(123'456'789);
  EXPECT_NEAR(values.quantile(0.99), 100, 3);
  EXPECT_NEAR(values.quantile(0.999), 1'000'000, 30'000);
  EXPECT_EQ(values.greatest(), 123'456'789U);
  EXPECT_EQ(values.quantile(1), values.quantile(0.99999));
}

TEST(histogram, no_quantile_is_beyond_the_greatest) {
  histogram values;
  values.add(1'000'001);
  EXPECT_LE(values.quantile(1), 1'000'001);
}

TEST(histogram, finds_values_of_more_than_32_bits) {
  histogram values;
  values.add(1'000'000'000'000);
  EXPECT_NEAR(values.quantile(0.5), 1e12, 1e12 / 32);
}

TEST(histogram, adds_those_of_other_threads) {
  const auto mine = std::make_unique<histogram>();
  const auto theirs = std::make_unique<histogram>();
  mine->add(5);
  theirs->add(7);
  theirs->add(9);
  mine->add(*theirs);
  EXPECT_EQ(mine->count(), 3U);
  EXPECT_EQ(mine->quantile(0.5), 7);
  EXPECT_EQ(mine->greatest(), 9U);
}

}  // namespace
