// SPDX-License-Identifier: BSL-1.0
// The check of headers, fed with true headers that were changed at random: the short form of the fuzzer
// in tests/process/header_fuzz.cpp.
#include "support/header_fuzz.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "support/scale.hpp"
#include "support/seed.hpp"

namespace {

using namespace holdfast;
using namespace process::detail;

TEST(header_fuzz, a_changed_header_is_never_believed_further_than_it_is_true) {
  test::random_numbers random(0);
  const std::size_t rounds = test::scaled(20'000);
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto how = static_cast<std::uint8_t>(random.below(16));
    const auto kind = (how & 4U) != 0 ? process::file_kind::lock_file : process::file_kind::segment;
    const expectation wanted = test::fuzzed_expectation(kind);
    const fixed_header made = make_fixed_header(wanted);
    std::vector<std::uint8_t> input(1 + file_size_for(wanted));
    input[0] = how;
    std::memcpy(input.data() + 1, &made, sizeof made);
    for (std::uint64_t change = random.below(4); change-- != 0;) {
      const std::uint64_t at = 1 + random.below(sizeof made);
      const std::uint64_t kind_of_change = random.below(3);
      input[at] = kind_of_change == 0   ? static_cast<std::uint8_t>(random.next())
                  : kind_of_change == 1 ? std::uint8_t{0xFF}
                                        : std::uint8_t{0};
    }
    if (random.below(8) == 0) input.resize(random.below(input.size() + 1));
    test::fuzz_header(input.data(), input.size());
  }
}

TEST(header_fuzz, what_was_not_changed_is_accepted) {
  const expectation wanted = test::fuzzed_expectation(process::file_kind::segment);
  const fixed_header made = make_fixed_header(wanted);
  std::vector<std::byte> bytes(file_size_for(wanted));
  std::memcpy(bytes.data(), &made, sizeof made);
  EXPECT_FALSE(examine(bytes.data(), bytes.size(), bytes.size(), wanted));
  EXPECT_FALSE(examine(bytes.data(), bytes.size(), bytes.size()));
}

}  // namespace
