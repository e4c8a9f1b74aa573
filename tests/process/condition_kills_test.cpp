// SPDX-License-Identifier: BSL-1.0
// The condition between processes while those who wait and those who signal are killed.
#include <atomic>
#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

#include "holdfast/process/condition.hpp"

#include "support/killed_crowd.hpp"
#include "support/scale.hpp"
#include "support/shared_data.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {
namespace {

using process::condition;

// Things that are put there and taken away, one at a time.
struct shared {
  board who;
  process::detail::robust_lock lock;
  condition more;
  std::atomic<std::uint64_t> put{0};
  std::atomic<std::uint64_t> taken{0};

  bool has_more() const { return put > taken; }
};

// Takes one thing, as one step: whoever is killed has done it or not.
void take(shared& of, random_numbers& random) {
  robust_guard owner(of.lock);
  const auto ready = [&] { return of.has_more() || of.who.over; };
  if (random.below(4) == 0) {
    if (!of.more.wait_for(owner, std::chrono::microseconds(random.below(3000)), ready)) return;
  } else {
    of.more.wait(owner, ready);
  }
  if (of.has_more()) ++of.taken;
}

// One signal for each thing, none twice: if one is lost with a waiter that is killed, a thing lies
// there while all others sleep.
TEST(condition_kills, no_signal_is_lost_with_a_waiter_that_is_killed) {
  const shared_page<shared> all;
  killed_crowd crowd(all->who, 6, [&](unsigned, random_numbers& random) { take(*all, random); });
  random_numbers random(7);
  for (std::size_t i = 0; i < scaled(50); ++i) {
    for (std::uint64_t things = random.below(5) + 1; things > 0; --things) {
      {
        const robust_guard owner(all->lock);
        ++all->put;
      }
      all->more.notify_one();
    }
    crowd.kill_one();
    ASSERT_TRUE(await([&] { return !all->has_more(); }))
        << all->put - all->taken << " left after " << i << " kills";
  }
  EXPECT_TRUE(crowd.end([&] {
    const robust_guard owner(all->lock);
    all->more.notify_all();
  })) << "somebody did not come home";
}

// Rounds in which all who wait are let go at once.
TEST(condition_kills, notify_all_reaches_everybody_who_is_left) {
  const shared_page<shared> all;
  killed_crowd crowd(all->who, 6, [&](unsigned, random_numbers&) {
    robust_guard owner(all->lock);
    const std::uint64_t round = all->put;
    all->more.wait(owner, [&] { return all->put != round || all->who.over; });
  });
  for (std::size_t i = 0; i < scaled(50); ++i) {
    crowd.kill_one();
    const std::vector<std::uint64_t> before = crowd.steps();
    ASSERT_TRUE(await([&] {
      {
        const robust_guard owner(all->lock);
        ++all->put;
        all->more.notify_all();
      }
      ::usleep(100);
      return crowd.all_stepped_since(before);
    })) << "somebody is stuck after "
        << i << " kills";
  }
  EXPECT_TRUE(crowd.end([&] {
    const robust_guard owner(all->lock);
    all->more.notify_all();
  })) << "somebody did not come home";
}

// Who signals may be killed too: then its things wait for the next signal, and nobody hangs.
TEST(condition_kills, who_is_killed_while_it_signals_wedges_nobody) {
  const shared_page<shared> all;
  killed_crowd crowd(all->who, 6, [&](unsigned who, random_numbers& random) {
    if (who % 2 == 0) return take(*all, random);
    {
      const robust_guard owner(all->lock);
      ++all->put;
    }
    if (random.below(8) == 0)
      all->more.notify_all();
    else
      all->more.notify_one();
  });
  EXPECT_TRUE(crowd.kill(scaled(50))) << "somebody is stuck";
  EXPECT_TRUE(crowd.end([&] {
    const robust_guard owner(all->lock);
    all->more.notify_all();
  })) << "somebody did not come home";
  EXPECT_GE(all->put.load(), all->taken.load());
}

}  // namespace
}  // namespace holdfast::test
