// SPDX-License-Identifier: BSL-1.0
// The lock of readers and writers between processes while owners and waiters are killed.
#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

#include "holdfast/process/robust_rw_lock.hpp"

#include "support/killed_crowd.hpp"
#include "support/scale.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {
namespace {

using process::detail::robust_rw_lock;
using process::detail::wait_limits;

struct shared {
  board who;
  robust_rw_lock lock;
};

wait_limits some_limit(random_numbers& random) {
  if (random.below(3) != 0) return {};
  return {deadline::in(std::chrono::microseconds(random.below(3000)))};
}

void linger(random_numbers& random) {
  if (random.below(4) == 0) ::usleep(static_cast<useconds_t>(random.below(200)));
}

void read(shared& of, unsigned me, random_numbers& random) {
  unsigned seat = 0;
  if (!of.lock.lock_shared(some_limit(random), seat)) return;
  of.who.enter(me, board::sharing);
  linger(random);
  of.who.leave(me);
  of.lock.unlock_shared(seat);
}

void write(shared& of, unsigned me, random_numbers& random) {
  if (!of.lock.lock(some_limit(random))) return;
  of.who.enter(me, board::alone);
  linger(random);
  if (random.below(2) == 0) {
    of.who.leave(me);
    of.lock.unlock();
    return;
  }
  unsigned seat = 0;
  of.who.enter(me, board::sharing);
  of.lock.downgrade(seat);
  linger(random);
  of.who.leave(me);
  of.lock.unlock_shared(seat);
}

TEST(shared_mutex_kills, writers_are_alone_whoever_is_killed) {
  const shared_page<shared> all;
  killed_crowd crowd(all->who, 6, [&](unsigned me, random_numbers& random) {
    if (random.below(3) == 0)
      write(*all, me, random);
    else
      read(*all, me, random);
  });
  const std::size_t victims = scaled(50);
  EXPECT_TRUE(crowd.kill(victims)) << "somebody is stuck";
  EXPECT_TRUE(crowd.end()) << "somebody did not come home";
  EXPECT_EQ(all->who.violations.load(), 0U);
  EXPECT_TRUE(all->lock.try_lock());
  all->lock.unlock();
  std::printf("%zu killed, %zu certainly inside\n", victims, crowd.died_inside());
}

}  // namespace
}  // namespace holdfast::test
