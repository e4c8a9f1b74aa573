// SPDX-License-Identifier: BSL-1.0
// A sleeper that the C library's robust mutex forgets: a woken waiter is killed before it has run, while
// a newcomer has the lock. It sleeps in slices, and so finds that the lock is free.
#include <sched.h>
#include <unistd.h>

#include <cstdio>

#include <gtest/gtest.h>

#include "holdfast/platform/cpu.hpp"
#include "holdfast/process/robust_lock.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/shared_page.hpp"

namespace holdfast::test {
namespace {

using process::detail::lock_end;
using process::detail::robust_lock;

void run_on(int cpu, pid_t who) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<unsigned>(cpu), &cpus);
  ::sched_setaffinity(who, sizeof cpus, &cpus);
}

bool becomes_urgent() {
  sched_param how{};
  how.sched_priority = 50;
  return ::sched_setscheduler(0, SCHED_FIFO, &how) == 0;
}

TEST(forgotten_sleeper, finds_the_free_lock_by_itself) {
  if (platform::cpu_count() < 2) GTEST_SKIP() << "needs two CPUs";
  if (child([] { return becomes_urgent() ? 0 : 1; }).wait() != 0)
    GTEST_SKIP() << "needs the right to real-time priority";

  const shared_page<robust_lock> lock;
  ASSERT_NE(lock->try_lock(), lock_end::gave_up);
  const auto take = [&] {
    lock->lock({});
    lock->unlock();
    return 0;
  };
  child woken(take);
  await_asleep(woken.pid());
  child forgotten(take);
  await_asleep(forgotten.pid());

  // The first is kept from its CPU, so that a wake reaches it and does not make it run.
  run_on(0, 0);
  run_on(0, forgotten.pid());
  run_on(1, woken.pid());
  const line is_busy, may_go;
  const shared_page<bool> is_over(false);
  child busy([&] {
    run_on(1, 0);
    if (!becomes_urgent()) return 1;
    is_busy.say();
    while (!*const_cast<volatile bool*>(&*is_over)) {
    }
    return 0;
  });
  ASSERT_EQ(is_busy.hear(), '!');
  lock->unlock();
  // Whoever is the newcomer: it is this one or the second waiter, and both ways end well.
  const bool is_newcomer = lock->try_lock() != lock_end::gave_up;
  woken.kill();
  *is_over = true;
  EXPECT_EQ(busy.wait(), 0);
  static_cast<void>(woken.wait());
  if (is_newcomer) lock->unlock();
  EXPECT_EQ(forgotten.wait(), 0);
}

}  // namespace
}  // namespace holdfast::test
