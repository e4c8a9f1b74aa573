// SPDX-License-Identifier: BSL-1.0
// The size of a stack: what fits, what happens when it does not, and when there is no memory for it.
#include "holdfast/fiber/options.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"

#include "support/emulated.hpp"
#include "support/scale.hpp"

namespace holdfast::fiber {
namespace {

// Uses `bytes` of the stack, page by page.
[[gnu::noinline]] int use_stack(std::size_t bytes) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(bytes);
  return bytes <= sizeof frame ? frame[0] : use_stack(bytes - sizeof frame) + frame[0];
}

TEST(options, a_stack_has_the_size_that_was_asked_for) {
  scheduler s;
  int used = 0;
  const auto uses = [&used](std::size_t bytes) {
    return [&used, bytes] { used += use_stack(bytes) != 1; };
  };
  // Frames are larger in sanitized builds.
  s.spawn(uses(default_stack_size / 4));
  s.spawn({.stack_size = std::size_t{16} << 20}, uses(std::size_t{2} << 20));
  s.run();
  EXPECT_EQ(used, 2);
}

TEST(options, a_stack_is_never_too_small_to_begin) {
  scheduler s;
  int ran = 0;
  for (const std::size_t size : {0U, 1U, 4096U, 16U * 1024U})
    s.spawn({.stack_size = size}, [&] {
      yield();
      ++ran;
    });
  s.run();
  EXPECT_EQ(ran, 4);
}

// The error that is documented, and nothing is spawned.
bool has_no_memory_for(scheduler& s, std::size_t size) {
  try {
    s.spawn({.stack_size = size}, [] { ADD_FAILURE(); });
  } catch (const std::system_error& error) {
    return error.code() == std::errc::not_enough_memory &&
           std::strstr(error.what(), "no memory for the stack of another fiber") != nullptr;
  }
  return false;
}

TEST(options, no_memory_for_a_stack_is_an_error_with_a_remedy) {
  scheduler s;
  EXPECT_TRUE(has_no_memory_for(s, SIZE_MAX / 2));
  EXPECT_TRUE(has_no_memory_for(s, SIZE_MAX - 100));
  EXPECT_TRUE(has_no_memory_for(s, SIZE_MAX));
  int ran = 0;
  s.spawn([&] { ++ran; });
  s.run();
  EXPECT_EQ(ran, 1);
}

class options_DeathTest : public testing::Test {
 protected:
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = test::death_test_style(); }
};

void overflow(auto& runs, const char* name) {
  runs.spawn({.name = name, .stack_size = 64 * 1024}, [] { use_stack(1 << 20); }).join();
}

TEST_F(options_DeathTest, an_overflow_ends_the_program_and_says_whose_stack_it_was) {
  EXPECT_DEATH(
      {
        scheduler s;
        s.spawn([] { sleep_for(std::chrono::hours(1)); });
        s.spawn({.name = "deep", .stack_size = 64 * 1024}, [] { use_stack(1 << 20); });
        s.run();
      },
      "holdfast: the fiber 'deep' has overflowed its stack of 65536 bytes");
  EXPECT_DEATH(
      {
        scheduler s;
        s.spawn([] { use_stack(1 << 20); });
        s.run();
      },
      "holdfast: the fiber has overflowed its stack of 131072 bytes");
  EXPECT_DEATH(
      {
        pool p(2);
        overflow(p, "deep in a pool");
      },
      "holdfast: the fiber 'deep in a pool' has overflowed its stack of 65536 bytes");
}

// Writes where no access is allowed, and not near a stack.
void fault() {
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile int*>(page) = 1;
}

const auto no_overflow = testing::Not(testing::HasSubstr("overflowed"));

TEST_F(options_DeathTest, another_fault_in_a_fiber_ends_the_program_as_before) {
  EXPECT_DEATH(
      {
        scheduler s;
        s.spawn(fault);
        s.run();
      },
      no_overflow);
}

TEST_F(options_DeathTest, another_fault_reaches_the_handler_that_was_there) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, [](int) { ::_exit(42); });
        scheduler s;
        s.spawn(fault);
        s.run();
      },
      testing::ExitedWithCode(42), no_overflow);
}

TEST_F(options_DeathTest, a_fault_signal_that_somebody_sent_is_not_swallowed) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, [](int) { ::_exit(42); });
        scheduler s;
        s.spawn([] { std::raise(SIGSEGV); });
        s.run();
        ::_exit(1);
      },
      testing::ExitedWithCode(42), no_overflow);
}

// 0 if that ended in the error, and what had been spawned ran.
int spawn_until_memory_is_used_up() {
  rlimit limit{};
  limit.rlim_cur = limit.rlim_max = std::size_t{1} << 30;
  if (::setrlimit(RLIMIT_AS, &limit) != 0) return 2;
  scheduler s;
  std::size_t ran = 0;
  for (std::size_t spawned = 0; spawned < 1'000; ++spawned) {
    try {
      s.spawn({.stack_size = std::size_t{32} << 20}, [&] { ++ran; });
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::not_enough_memory) return 3;
      s.run();
      return spawned != 0 && ran == spawned ? 0 : 4;
    }
  }
  return 5;
}

TEST_F(options_DeathTest, a_process_without_memory_gets_the_error_and_goes_on) {
  if (test::under_sanitizer) GTEST_SKIP() << "sanitizers need more addresses than any limit leaves";
  EXPECT_EXIT(std::exit(spawn_until_memory_is_used_up()), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace holdfast::fiber
