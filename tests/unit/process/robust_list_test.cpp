// SPDX-License-Identifier: BSL-1.0
// What a thread knows of the locks that the kernel would release at its death, also after a fork.
#include "process/robust_list.hpp"

#include <array>
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "holdfast/process/condition.hpp"
#include "holdfast/process/process.hpp"
#include "holdfast/process/semaphore.hpp"
#include "holdfast/process/shared_mutex.hpp"

#include "support/child.hpp"
#include "support/emulated.hpp"
#include "support/own_directory.hpp"
#include "support/scale.hpp"
#include "support/shared_page.hpp"

namespace {

using namespace holdfast;
using process::detail::holds_robust_mutex_in;
using process::detail::lock_end;
using process::detail::robust_lock;
using process::detail::robust_mutexes_held;

using many_locks = std::array<robust_lock, 1024>;  // as many as a thread may hold

TEST(robust_list, has_what_the_thread_holds) {
  HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  const test::shared_page<std::array<robust_lock, 3>> locks;
  const unsigned before = robust_mutexes_held();
  EXPECT_EQ((*locks)[1].try_lock(), lock_end::locked);
  EXPECT_EQ((*locks)[2].try_lock(), lock_end::locked);
  EXPECT_EQ(robust_mutexes_held(), before + 2);
  EXPECT_TRUE(holds_robust_mutex_in(&(*locks)[1], sizeof(robust_lock)));
  EXPECT_FALSE(holds_robust_mutex_in(&(*locks)[0], sizeof(robust_lock)));
  EXPECT_EQ(
      test::child([&] { return holds_robust_mutex_in(&*locks, sizeof *locks) ? 1 : 0; }).wait(), 0)
      << "the child of a fork holds nothing";
  EXPECT_TRUE((*locks)[1].unlock());
  EXPECT_FALSE(holds_robust_mutex_in(&(*locks)[1], sizeof(robust_lock)));
  EXPECT_TRUE((*locks)[2].unlock());
  EXPECT_EQ(robust_mutexes_held(), before);
}

// `lock` is called in the child of a thread that holds all that it may: it throws, if the child
// believes that it holds them too. In a process of its own, where no segment is open.
void expect_child_may(const std::function<bool(const process::in_directory&)>& lock) {
  const test::own_directory directory;
  const process::in_directory place{directory.path()};
  const test::shared_page<many_locks> locks;
  test::child parent([&] {
    for (robust_lock& each : *locks)
      if (each.try_lock() != lock_end::locked) return 2;
    try {
      if (lock(place)) return 3;
    } catch (const process::error& refused) {
      if (refused.why() != process::cause::too_many_held) return 4;
    }
    return test::child([&] { return lock(place) ? 0 : 1; }).wait();
  });
  EXPECT_EQ(parent.wait(), 0);
}

TEST(robust_list, the_child_of_a_fork_may_lock_as_if_its_parent_held_nothing) {
  HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  if (test::under_thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer knows of 64 locks of a thread";
  expect_child_may([](const process::in_directory& place) {
    return process::open<int>("a", place).lock().owns_lock();
  });
  expect_child_may([](const process::in_directory& place) {
    return process::open<int>("b", place).try_lock().owns_lock();
  });
  expect_child_may([](const process::in_directory& place) {
    return process::open<int>("c", place, process::engine::kernel).lock().owns_lock();
  });
  expect_child_may([](const process::in_directory& place) {
    return process::open<int>("d", place, process::engine::file).lock().owns_lock();
  });
  expect_child_may([](const process::in_directory& place) {
    return process::open_shared<int>("e", place).lock().owns_lock();
  });
  expect_child_may([](const process::in_directory& place) {
    return process::open_shared<int>("f", place).lock_shared().owns_lock();
  });
  expect_child_may([](const process::in_directory&) {
    const test::shared_page<process::semaphore> permits(2);
    permits->acquire();
    return static_cast<bool>(permits->acquire_permit());
  });
  expect_child_may([](const process::in_directory& place) {
    const auto changed = process::open_condition("g", place);
    auto data = process::open<int>("h", place);
    auto guard = data.lock();
    static_cast<void>(changed->wait_for(guard, std::chrono::milliseconds(1)));
    return guard.owns_lock();
  });
}

}  // namespace
