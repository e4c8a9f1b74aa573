// SPDX-License-Identifier: BSL-1.0
// Six processes make the same mutex at once, and some of them are killed: nobody sees half of one, and
// there are never two.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/child.hpp"
#include "support/process_engines.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace {

using namespace holdfast;

constexpr int creators_at_once = 6;

struct roll {
  std::uint64_t made_of = 0x1234'5678'9ABC'DEF0;  // by whoever made it; never changed
  std::uint64_t came = 0;
};

void spin(std::uint64_t turns) {
  for (volatile std::uint64_t i = 0; i < turns;) i = i + 1;
}

class creators : public test::process_test {};
INSTANTIATE_TEST_SUITE_P(engines, creators, test::all_engines, test::name_of_engine);

TEST_P(creators, that_race_and_are_killed_leave_one_that_is_whole_or_none) {
  // The engines are made by the same steps; the first is the one that people use.
  const std::size_t rounds = test::scaled(engine() == process::engine::shared_memory ? 50 : 10);
  test::random_numbers random(static_cast<std::uint64_t>(engine()));
  std::uint64_t survivors = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string name = "r" + std::to_string(round);
    test::line start;
    std::vector<test::child> all;
    for (int i = 0; i < creators_at_once; ++i)
      all.emplace_back([&] {
        if (start.hear() == '\0') return 2;
        auto mine = open<roll>(name.c_str());
        auto owner = mine.lock(even_if_poisoned);
        if (owner->made_of != roll{}.made_of) return 1;
        ++owner->came;
        return 0;
      });
    for (int i = 0; i < creators_at_once; ++i) start.say();
    spin(random.below(400'000));
    all[random.below(creators_at_once)].kill();
    all[random.below(creators_at_once)].kill();
    std::uint64_t came = 0;
    for (test::child& each : all) {
      const int end = each.wait();
      ASSERT_TRUE(end == 0 || end == 128 + SIGKILL) << end << " in round " << round;
      came += end == 0 ? 1U : 0U;
    }
    ASSERT_GE(came, 4U);
    ASSERT_EQ(directory().entries(), round + 1) << "drafts are left behind, or two";
    auto mine = open<roll>(name.c_str(), process::open_only);
    const auto owner = mine.lock(even_if_poisoned);
    ASSERT_GE(owner->came, came) << "somebody counted in another one";
    ASSERT_LE(owner->came, 6U);
    survivors += came;
  }
  std::printf("%zu rounds, %llu of %zu creators survived\n", rounds,
              static_cast<unsigned long long>(survivors), rounds * creators_at_once);
}

}  // namespace
