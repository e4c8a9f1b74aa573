// SPDX-License-Identifier: BSL-1.0
// What the platform knows about the process and the thread: root memory, exceptions, CPUs, clock.
#include <sched.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/platform/clock.hpp"
#include "holdfast/platform/cpu.hpp"
#include "holdfast/platform/exception_state.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"

namespace holdfast::platform {
namespace {

template <class Platform>
class process_root_of : public ::testing::Test {};
using platforms = std::conditional_t<std::is_same_v<native, portable>, ::testing::Types<portable>,
                                     ::testing::Types<native, portable>>;
TYPED_TEST_SUITE(process_root_of, platforms);

TYPED_TEST(process_root_of, all_threads_get_the_same_memory) {
  std::vector<void*> seen(8);
  test::run_threads(8, [&](unsigned index) { seen[index] = TypeParam::process_root(); });
  for (void* each : seen) EXPECT_EQ(each, TypeParam::process_root());
  ASSERT_NE(seen[0], nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(seen[0]) % 64, 0U);
}

TYPED_TEST(process_root_of, pages_are_zeroed_and_can_be_written) {
  constexpr std::size_t size = 3 * 4096 + 17;
  auto* const pages = static_cast<unsigned char*>(TypeParam::map_pages(size));
  ASSERT_NE(pages, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages) % 4096, 0U);
  for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(pages[i], 0);
  for (std::size_t i = 0; i < size; ++i) pages[i] = 0xFF;
  [[maybe_unused]] static const void* kept =
      nullptr;  // pages live for ever: leak checkers look here
  kept = pages;
}

TYPED_TEST(process_root_of, there_is_no_memory_of_impossible_size) {
  if (test::under_sanitizer) GTEST_SKIP() << "sanitizers end a program that asks for that much";
  constexpr std::size_t most = ~std::size_t{0};
  constexpr std::size_t impossible =
      sizeof(void*) > 4 ? most / 4 : most - 0xfffff;  // a quarter of 32 bits may be free
  EXPECT_EQ(TypeParam::map_pages(impossible), nullptr);
}

#if HOLDFAST_HAS_EXCEPTIONS

struct looks_while_unwinding {
  unsigned& seen;
  int& reference;
  ~looks_while_unwinding() {
    seen = uncaught_exceptions();
    reference = std::uncaught_exceptions();
  }
};

void expect_the_count_of_the_standard() {
  unsigned seen = 7;
  int reference = 7;
  EXPECT_EQ(uncaught_exceptions(), 0U);
  try {
    const looks_while_unwinding looks{seen, reference};
    throw 1;
  } catch (int) {
    EXPECT_EQ(uncaught_exceptions(), 0U);  // caught is caught
  }
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(reference, 1);
  {
    const looks_while_unwinding looks{seen, reference};
  }
  EXPECT_EQ(seen, 0U);
  EXPECT_EQ(reference, 0);
}

TEST(exception_state, is_the_count_of_the_standard) { expect_the_count_of_the_standard(); }

TEST(exception_state, is_each_threads_own) {
  test::run_threads(4, [] { expect_the_count_of_the_standard(); });
}

// A destructor that runs because of one exception throws and catches another.
struct throws_inside {
  unsigned& seen;
  int& reference;
  ~throws_inside() {
    try {
      const looks_while_unwinding looks{seen, reference};
      throw 2;
    } catch (int) {
      EXPECT_EQ(uncaught_exceptions(), 1U);
    }
  }
};

TEST(exception_state, counts_exceptions_inside_exceptions) {
  unsigned seen = 0;
  int reference = 0;
  try {
    const throws_inside outer{seen, reference};
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(seen, 2U);
  EXPECT_EQ(reference, 2);
  EXPECT_EQ(uncaught_exceptions(), 0U);
}

#endif

TEST(cpu, counts_those_this_process_may_use) {
  EXPECT_GE(cpu_count(), 1U);
  EXPECT_EQ(cpu_count(), cpu_count());
#if defined(__linux__)
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  EXPECT_EQ(cpu_count(), static_cast<unsigned>(CPU_COUNT(&allowed)));
#endif
}

TEST(cpu, pausing_and_yielding_return) {
  pause();
  yield();
  fence_seq_cst();
}

TEST(clock, is_that_of_the_standard_and_does_not_go_back) {
  const auto standard = [] {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  for (int i = 0; i < 1000; ++i) {
    const auto before = standard();
    const auto now = monotonic_now();
    EXPECT_LE(before, now);
    EXPECT_LE(now, standard());
  }
}

}  // namespace
}  // namespace holdfast::platform
