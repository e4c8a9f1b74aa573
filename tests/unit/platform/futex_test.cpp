// SPDX-License-Identifier: BSL-1.0
// The futex of each platform: one contract, one suite.
#include "holdfast/platform/futex.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/parked.hpp"

namespace holdfast::platform {
namespace {

using namespace std::chrono_literals;
using word_type = atomic<std::uint32_t>;

template <class Platform>
class futex : public ::testing::Test {};

struct names {
  template <class Platform>
  static std::string GetName(int) {
    return std::is_same_v<Platform, portable> ? "portable" : "native";
  }
};
using platforms = std::conditional_t<std::is_same_v<native, portable>, ::testing::Types<portable>,
                                     ::testing::Types<native, portable>>;
TYPED_TEST_SUITE(futex, platforms, names);

TYPED_TEST(futex, does_not_sleep_if_the_word_differs) {
  const word_type word(1);
  EXPECT_EQ(TypeParam::futex_wait(word, 2, deadline::never()), futex_result::differed);
  EXPECT_EQ(TypeParam::futex_wait(word, 2, deadline::already_past()), futex_result::differed);
}

TYPED_TEST(futex, ends_at_once_if_the_deadline_is_past) {
  const word_type word(1);
  EXPECT_EQ(TypeParam::futex_wait(word, 1, deadline::already_past()),
            futex_result::deadline_passed);
}

// A wait may end for no reason, so the tests look at the word and the clock again, as callers do.
template <class Platform>
void wait_until_passed(const word_type& word, const deadline& until) {
  while (Platform::futex_wait(word, 1, until) != futex_result::deadline_passed) {
  }
}

TYPED_TEST(futex, sleeps_until_the_deadline_on_either_clock) {
  const word_type word(1);
  const deadline monotonic = deadline::in(3ms);
  wait_until_passed<TypeParam>(word, monotonic);
  EXPECT_TRUE(monotonic.has_passed());
  const deadline civil = deadline::at(std::chrono::system_clock::now() + 3ms);
  wait_until_passed<TypeParam>(word, civil);
  EXPECT_TRUE(civil.has_passed());
  wait_until_passed<TypeParam>(word, deadline::at(std::chrono::system_clock::time_point{}));
}

TYPED_TEST(futex, a_change_and_a_wake_end_the_sleep) {
  word_type word(0);
  for (const deadline& until :
       {deadline::never(), deadline::in(1h), deadline::at(std::chrono::system_clock::now() + 1h),
        deadline::after(std::numeric_limits<std::int64_t>::max() - 1)}) {
    word.store(0, order::relaxed);
    std::atomic<bool> started{false};
    std::thread sleeper([&] {
      started.store(true);
      while (word.load(order::acquire) == 0)
        EXPECT_NE(TypeParam::futex_wait(word, 0, until), futex_result::deadline_passed);
    });
    test::await(started);
    word.store(1, order::release);
    TypeParam::futex_wake(&word, 1);
    sleeper.join();
  }
}

TYPED_TEST(futex, a_wake_without_a_sleeper_is_nothing) {
  word_type word(0);
  TypeParam::futex_wake(&word, 1);
  TypeParam::futex_wake(&word, 1000);
  EXPECT_EQ(TypeParam::futex_wait(word, 0, deadline::in(1ms)), futex_result::deadline_passed);
}

TYPED_TEST(futex, wakes_all_if_asked_to) {
  word_type word(0);
  std::atomic<int> started{0};
  std::vector<std::thread> sleepers;
  for (int i = 0; i < 8; ++i)
    sleepers.emplace_back([&] {
      started.fetch_add(1);
      while (word.load(order::acquire) == 0) TypeParam::futex_wait(word, 0, deadline::never());
    });
  test::await([&] { return started.load() == 8; });
  word.store(1, order::release);
  TypeParam::futex_wake(&word, 8);
  for (std::thread& each : sleepers) each.join();
}

// Ping-pong: each change of the word comes with a wake, and none may be missed.
TYPED_TEST(futex, no_wake_is_lost_however_the_two_meet) {
  word_type word(0);
  constexpr std::uint32_t rounds = 5'000;
  const auto play = [&word](std::uint32_t parity) {
    for (;;) {
      const std::uint32_t seen = word.load(order::acquire);
      if (seen >= rounds) return;
      if (seen % 2 == parity) {
        word.store(seen + 1, order::release);
        TypeParam::futex_wake(&word, 1);
      } else {
        TypeParam::futex_wait(word, seen, deadline::never());
      }
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
  EXPECT_EQ(word.load(order::relaxed), rounds);
}

TYPED_TEST(futex, words_that_share_a_room_do_not_wake_each_other_for_good) {
  word_type words[2]{};  // beside each other
  std::thread sleeper([&] {
    while (words[0].load(order::acquire) == 0)
      TypeParam::futex_wait(words[0], 0, deadline::never());
  });
  for (int i = 0; i < 1000; ++i) TypeParam::futex_wake(&words[1], 1);
  EXPECT_EQ(words[0].load(order::relaxed), 0U);
  words[0].store(1, order::release);
  TypeParam::futex_wake(&words[0], 1);
  sleeper.join();
}

TYPED_TEST(futex, leaves_errno_alone) {
  const word_type word(0);
  errno = 1234;
  TypeParam::futex_wait(word, 1, deadline::never());
  TypeParam::futex_wait(word, 0, deadline::in(1us));
  TypeParam::futex_wake(&word, 1);
  EXPECT_EQ(errno, 1234);
}

}  // namespace
}  // namespace holdfast::platform
