// SPDX-License-Identifier: BSL-1.0
// Bugs that other libraries shipped, in the shape in which they were: the explorer finds them, and
// accepts what mended them.
#include <gtest/gtest.h>

#include "holdfast/model/check.hpp"
#include "holdfast/model/platform.hpp"

namespace holdfast::model {
namespace {

using word = bare::atomic<std::uint32_t>;

// libc++'s semaphore until 2020 (llvm#46357): a release wakes somebody only when the count was 0. Two
// releases in a row wake one of two sleepers.
result semaphore_that_wakes(bool only_from_zero) {
  return explore("semaphore", {}, [=](scenario& s) {
    auto& count = s.make<word>("count");
    for (int i = 0; i < 2; ++i)
      s.thread("taker", [&count] {
        for (;;) {
          std::uint32_t seen = count.load(order::relaxed);
          while (seen != 0)
            if (count.compare_exchange(seen, seen - 1, order::acquire, order::relaxed)) return;
          bare::futex_wait(count, 0, deadline::never());
        }
      });
    s.thread("giver", [&count, only_from_zero] {
      for (int i = 0; i < 2; ++i)
        if (count.fetch_add(1, order::release) == 0 || !only_from_zero) bare::futex_wake(&count, 1);
    });
  });
}

TEST(known_bugs, a_semaphore_that_wakes_only_from_zero_loses_a_sleeper) {
  EXPECT_NE(semaphore_that_wakes(true).failure.find("a wake-up was lost"), std::string::npos);
}

TEST(known_bugs, a_semaphore_that_always_wakes_is_right) {
  const result r = semaphore_that_wakes(false);
  EXPECT_TRUE(r) << r.summary() << r.failure;
}

// oneTBB until 2026 (#2136, seen on AArch64): the notifier takes its read-modify-write for a fence
// before it looks for waiters.
result notifier_that_fences(bool fences) {
  return explore("monitor", {}, [=](scenario& s) {
    struct monitor {
      word value;
      word waiters;
      word epoch;
    };
    auto& m = s.make<monitor>("monitor");
    s.thread("waiter", [&m] {
      m.waiters.store(1, order::relaxed);
      bare::fence_seq_cst();
      if (m.value.load(order::relaxed) == 0) bare::futex_wait(m.epoch, 0, deadline::never());
    });
    s.thread("notifier", [&m, fences] {
      m.value.exchange(1, order::acq_rel);
      if (fences) bare::fence_seq_cst();
      if (m.waiters.load(order::relaxed) == 0) return;
      m.epoch.store(1, order::relaxed);
      bare::futex_wake(&m.epoch, 1);
    });
  });
}

TEST(known_bugs, a_read_modify_write_is_no_fence) {
  EXPECT_NE(notifier_that_fences(false).failure.find("a wake-up was lost"), std::string::npos);
}

TEST(known_bugs, with_a_fence_it_is_right) {
  const result r = notifier_that_fences(true);
  EXPECT_TRUE(r) << r.summary() << r.failure;
}

// Ours until 2026: Peterson's solution with one full fence, before the look at the other's interest.
// Right on x86 and ARM, wrong in C++ and on POWER.
result peterson_with_fences(bool before_the_turn) {
  return explore("peterson", {}, [=](scenario& s) {
    struct region {
      atomic<int> interested[2];
      atomic<int> turn;
    };
    auto& r = s.make<region>("region");
    auto& inside = s.make<var<int>>("inside");
    for (int me = 0; me < 2; ++me)
      s.thread("party", [&r, &inside, me, before_the_turn] {
        r.interested[me].store(1, order::relaxed);
        if (before_the_turn) bare::fence_seq_cst();
        r.turn.store(me, order::release);
        bare::fence_seq_cst();
        while (r.interested[1 - me].load(order::acquire) != 0 && r.turn.load(order::acquire) == me)
          bare::yield();
        inside.set(inside.get() + 1);
        r.interested[me].store(0, order::release);
      });
  });
}

TEST(known_bugs, petersons_solution_needs_a_fence_before_the_turn_too) {
  EXPECT_NE(peterson_with_fences(false).failure.find("data race"), std::string::npos);
  EXPECT_TRUE(peterson_with_fences(true));
}

}  // namespace
}  // namespace holdfast::model
