// SPDX-License-Identifier: BSL-1.0
// Restartable sequences: found where they are, done without where they are not, and survived when
// the kernel changes its mind.
#include "holdfast/platform/restartable.hpp"

#include <gtest/gtest.h>

#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/platform/native.hpp"

#include "support/again.hpp"
#include "support/emulated.hpp"
#include "support/filters.hpp"
#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if HOLDFAST_HAS_RESTARTABLE && __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

namespace holdfast::platform {
namespace {

// Nothing is lost: neither an increment nor a waiter.
void expect_a_contended_lock_to_work() {
  basic_parking_lock<native> lock;
  const std::size_t rounds = test::scaled(50'000);
  std::size_t counter = 0;
  test::run_threads(4, [&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      lock.lock();
      ++counter;
      if (i % 64 == 0) std::this_thread::yield();  // the others run into it and park
      lock.unlock();
    }
  });
  EXPECT_EQ(counter, 4 * rounds);
  EXPECT_EQ(test::queued_for(lock), 0U);
}

TEST(restartable, gives_the_same_answer_each_time_it_is_asked) {
  const bool in_use = restartable_in_use();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(restartable_in_use(), in_use);
  EXPECT_TRUE(has_restartable || !in_use);
}

TEST(restartable, works_contended) { expect_a_contended_lock_to_work(); }

#if HOLDFAST_HAS_RESTARTABLE

#if __has_include(<sys/rseq.h>)
// What this machine can do, found out without the library.
TEST(restartable, is_in_use_where_the_c_library_and_the_kernel_have_it) {
  const long commands = ::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  const bool fence = commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) != 0;
  EXPECT_EQ(restartable_in_use(), fence && __rseq_size != 0);
}
#endif

TEST(restartable, the_fence_is_granted_as_long_as_nobody_refuses) {
  if (!restartable_in_use()) GTEST_SKIP() << "this machine has no restartable sequences";
  EXPECT_TRUE(restart_fence());
  EXPECT_FALSE(restart_fence_refused());
}

// Runs the current test again under `prepare`; there the library must find that it has to do
// without sequences, and its locks must work.
template <class Prepare>
void expect_to_do_without(Prepare prepare) {
  if (test::is_second_run()) {
    EXPECT_FALSE(restartable_in_use());
    EXPECT_FALSE(restart_fence_refused());
    expect_a_contended_lock_to_work();
    EXPECT_FALSE(restartable_in_use());
    return;
  }
  const int code = test::run_again({}, prepare);
  if (code == test::exit_code_skipped) GTEST_SKIP() << "the kernel allows no filters";
  EXPECT_EQ(code, 0);
}

TEST(restartable, is_done_without_if_the_c_library_is_told_not_to_register) {
  expect_to_do_without([] { return ::setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1) == 0; });
}

TEST(restartable, is_done_without_if_the_kernel_has_no_rseq) {
  expect_to_do_without([] { return test::refuse_system_call(SYS_rseq, ENOSYS); });
}

TEST(restartable, is_done_without_if_a_filter_refuses_rseq) {
  expect_to_do_without([] { return test::refuse_system_call(SYS_rseq, EPERM); });
}

TEST(restartable, is_done_without_if_the_kernel_has_no_membarrier) {
  expect_to_do_without([] { return test::refuse_system_call(SYS_membarrier, ENOSYS); });
}

TEST(restartable, is_done_without_if_a_filter_refuses_membarrier) {
  expect_to_do_without([] { return test::refuse_system_call(SYS_membarrier, EPERM); });
}

// A program may lock itself in after it has started its threads.
void refused_after_the_first_use(int error) {
  if (test::is_second_run()) {
    if (!restartable_in_use()) GTEST_SKIP() << "this machine has no restartable sequences";
    expect_a_contended_lock_to_work();
    ASSERT_TRUE(test::refuse_system_call(SYS_membarrier, error));
    expect_a_contended_lock_to_work();
    EXPECT_FALSE(restart_fence());
    EXPECT_TRUE(restart_fence_refused());
    expect_a_contended_lock_to_work();
    return;
  }
  EXPECT_EQ(test::run_again({}, [] { return true; }), 0);
}

TEST(restartable, waiters_nap_if_a_filter_refuses_the_fence_after_the_first_use) {
  refused_after_the_first_use(EPERM);
}

TEST(restartable, waiters_nap_if_the_fence_is_gone_after_the_first_use) {
  refused_after_the_first_use(ENOSYS);
}

TEST(restartable, is_done_without_under_valgrind) {
  constexpr const char* valgrind = "/usr/bin/valgrind";
  if (test::is_second_run()) {
    EXPECT_FALSE(restartable_in_use());
    basic_parking_lock<native> lock;
    std::size_t counter = 0;
    test::run_threads(2, [&] {
      for (int i = 0; i < 200; ++i) {
        lock.lock();
        ++counter;
        lock.unlock();
      }
    });
    EXPECT_EQ(counter, 400U);
    return;
  }
  if (test::is_emulated()) GTEST_SKIP() << "valgrind does not run programs for another CPU";
  if (test::under_sanitizer) GTEST_SKIP() << "valgrind does not run sanitized programs";
#if defined(__clang__)
  GTEST_SKIP() << "Debian 12's valgrind cannot read clang 19's debug information";
#endif
  if (::access(valgrind, X_OK) != 0) GTEST_SKIP() << "valgrind is not installed";
  EXPECT_EQ(test::run_again({valgrind, "-q", "--error-exitcode=9", "--fair-sched=yes"},
                            [] { return true; }),
            0);
}

#endif

}  // namespace
}  // namespace holdfast::platform
