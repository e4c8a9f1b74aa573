// SPDX-License-Identifier: BSL-1.0
// The light/heavy pair forbids what two full fences would, in every mode, also when the kernel
// refuses.
#include "holdfast/platform/asymmetric_fence.hpp"

#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>

#include "holdfast/platform/cpu.hpp"

#include "support/again.hpp"
#include "support/emulated.hpp"
#include "support/filters.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace holdfast::platform {
namespace {

asymmetric_mode mode() {
  return static_cast<asymmetric_mode>(asymmetric_fence_mode.load(order::relaxed));
}

// Store buffering: both store their own word and then look at the other's. Returns how often both
// saw nothing, which the fences forbid.
template <class Fence0, class Fence1>
std::size_t both_saw_nothing(std::size_t rounds, Fence0 fence0, Fence1 fence1) {
  struct alignas(128) {
    atomic<std::uint32_t> stored;
    std::uint32_t seen = 0;
    std::atomic<std::size_t> arrived{0};
  } side[2];
  std::size_t found = 0;
  test::run_threads(2, [&](unsigned me) {
    const unsigned other = 1 - me;
    const auto meet = [&](std::size_t at) {
      side[me].arrived.store(at, std::memory_order_release);
      for (unsigned spins = 0; side[other].arrived.load(std::memory_order_acquire) < at;)
        if (++spins > 500) yield();
    };
    for (std::size_t i = 0; i < rounds; ++i) {
      side[me].stored.store(0, order::relaxed);
      meet(3 * i + 1);
      side[me].stored.store(1, order::relaxed);
      if (me == 0)
        fence0();
      else
        fence1();
      side[me].seen = side[other].stored.load(order::relaxed);
      meet(3 * i + 2);
      if (me == 0 && side[0].seen == 0 && side[1].seen == 0) ++found;
      meet(3 * i + 3);
    }
  });
  return found;
}

TEST(asymmetric_fence, light_against_heavy_forbids_store_buffering) {
  const std::size_t rounds = test::scaled(cpu_count() > 1 ? 100'000 : 1'000);
  EXPECT_EQ(both_saw_nothing(rounds, light_fence, heavy_fence), 0U);
  EXPECT_NE(mode(), asymmetric_mode::undecided);
}

TEST(asymmetric_fence, heavy_against_heavy_forbids_store_buffering) {
  EXPECT_EQ(both_saw_nothing(test::scaled(20'000), heavy_fence, heavy_fence), 0U);
}

TEST(asymmetric_fence, full_against_full_forbids_store_buffering) {
  EXPECT_EQ(both_saw_nothing(test::scaled(100'000), fence_seq_cst, fence_seq_cst), 0U);
}

// The test above can fail: without fences the outcome is there to be seen, on a machine that
// reorders and has two CPUs. Not an assertion, as it may need luck.
TEST(asymmetric_fence, without_fences_store_buffering_is_counted) {
  const auto none = [] { __asm__ __volatile__("" ::: "memory"); };
  RecordProperty("seen", static_cast<int>(both_saw_nothing(test::scaled(100'000), none, none)));
}

TEST(asymmetric_fence, leaves_errno_alone) {
  errno = 1234;
  heavy_fence();
  light_fence();
  EXPECT_EQ(errno, 1234);
}

#if defined(__linux__) && !HOLDFAST_PORTABLE

void expect_fences_work() {
  EXPECT_EQ(both_saw_nothing(test::scaled(20'000), light_fence, heavy_fence), 0U);
}

void refused_from_the_start(int error) {
  if (test::is_second_run()) {
    heavy_fence();
    EXPECT_EQ(mode(), asymmetric_mode::symmetric);
    expect_fences_work();
    return;
  }
  const int code =
      test::run_again({}, [error] { return test::refuse_system_call(SYS_membarrier, error); });
  if (code == test::exit_code_skipped) GTEST_SKIP() << "the kernel allows no filters";
  EXPECT_EQ(code, 0);
}

TEST(asymmetric_fence, is_symmetric_if_the_kernel_has_no_membarrier) {
  refused_from_the_start(ENOSYS);
}

TEST(asymmetric_fence, is_symmetric_if_a_filter_refuses_membarrier) {
  refused_from_the_start(EPERM);
}

// Light fences that cost nothing may be under way when the kernel changes its mind.
TEST(asymmetric_fence, still_works_if_a_filter_comes_after_the_first_use) {
  if (test::is_emulated()) GTEST_SKIP() << "the emulator has no filters";
  if (test::is_second_run()) {
    heavy_fence();
    if (mode() != asymmetric_mode::by_kernel) GTEST_SKIP() << "the kernel has no membarrier";
    expect_fences_work();
    ASSERT_TRUE(test::refuse_system_call(SYS_membarrier, EPERM));
    heavy_fence();
    EXPECT_EQ(mode(), asymmetric_mode::symmetric);
    expect_fences_work();
    return;
  }
  EXPECT_EQ(test::run_again({}, [] { return true; }), 0);
}

#endif

}  // namespace
}  // namespace holdfast::platform
