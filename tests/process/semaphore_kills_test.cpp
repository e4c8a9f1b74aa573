// SPDX-License-Identifier: BSL-1.0
// The semaphore between processes while those who use it are killed.
#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

#include "holdfast/process/semaphore.hpp"

#include "support/killed_crowd.hpp"
#include "support/scale.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {
namespace {

using process::permit;
using process::semaphore;

struct shared {
  board who;
  semaphore permits;
  explicit shared(std::int64_t count) : permits(count) {}
};

void use(board& who, unsigned me, const permit& mine, unsigned limit, random_numbers& random) {
  if (!mine) return;
  who.enter(me, board::sharing, limit);
  if (random.below(4) == 0) ::usleep(static_cast<useconds_t>(random.below(200)));
  who.leave(me);
}

void take_and_use(shared& of, unsigned me, unsigned limit, random_numbers& random) {
  const auto briefly = std::chrono::microseconds(random.below(3000));
  switch (random.below(4)) {
    case 0:
      return use(of.who, me, of.permits.try_acquire_permit(), limit, random);
    case 1:
      return use(of.who, me, of.permits.try_acquire_permit_for(briefly), limit, random);
    default:
      return use(of.who, me, of.permits.acquire_permit(), limit, random);
  }
}

void owners_are_killed(unsigned permits) {
  const shared_page<shared> all(permits);
  killed_crowd crowd(all->who, 6, [&](unsigned me, random_numbers& random) {
    take_and_use(*all, me, permits, random);
  });
  const std::size_t victims = scaled(50);
  EXPECT_TRUE(crowd.kill(victims)) << "somebody is stuck";
  EXPECT_TRUE(crowd.end()) << "somebody did not come home";
  EXPECT_EQ(all->who.violations.load(), 0U);
  for (unsigned i = 0; i < permits; ++i) EXPECT_TRUE(all->permits.try_acquire()) << i;
  EXPECT_FALSE(all->permits.try_acquire());
  EXPECT_GE(all->permits.abandoned(), crowd.died_inside());
  EXPECT_LE(all->permits.abandoned(), victims + 2);
  std::printf("%zu killed, %zu certainly with a permit, %llu permits came back\n", victims,
              crowd.died_inside(), static_cast<unsigned long long>(all->permits.abandoned()));
}

TEST(semaphore_kills, one_permit_is_never_with_two_and_always_comes_back) { owners_are_killed(1); }

TEST(semaphore_kills, three_permits_add_up_whoever_is_killed) { owners_are_killed(3); }

}  // namespace
}  // namespace holdfast::test
