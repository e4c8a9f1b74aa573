// SPDX-License-Identifier: BSL-1.0
// How one thread sleeps: notified, interrupted, or by its deadline, whichever comes when.
#include "holdfast/wait/waiter.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/parked.hpp"
#include "support/scale.hpp"

namespace holdfast::detail {
namespace {

using namespace std::chrono_literals;

template <class Platform>
class waiter : public ::testing::Test {
 public:
  using waiter_type = basic_waiter<Platform>;
  using outcome = typename waiter_type::outcome;
};
using platforms = std::conditional_t<std::is_same_v<platform::native, platform::portable>,
                                     ::testing::Types<platform::portable>,
                                     ::testing::Types<platform::native, platform::portable>>;
TYPED_TEST_SUITE(waiter, platforms);

TYPED_TEST(waiter, does_not_sleep_if_it_was_notified_before) {
  basic_waiter<TypeParam> self;
  self.notify();
  EXPECT_EQ(self.sleep(deadline::never()), TestFixture::outcome::notified);
  self.sleep_until_notified();
}

TYPED_TEST(waiter, does_not_sleep_if_it_was_interrupted_before) {
  basic_waiter<TypeParam> self;
  EXPECT_FALSE(self.is_interrupted());
  self.interrupt();
  EXPECT_TRUE(self.is_interrupted());
  EXPECT_EQ(self.sleep(deadline::never()), TestFixture::outcome::interrupted);
}

TYPED_TEST(waiter, a_notification_goes_before_everything_else) {
  basic_waiter<TypeParam> self;
  self.interrupt();
  self.notify();
  EXPECT_EQ(self.sleep(deadline::already_past()), TestFixture::outcome::notified);
}

TYPED_TEST(waiter, wakes_at_its_deadline) {
  basic_waiter<TypeParam> self;
  EXPECT_EQ(self.sleep(deadline::already_past()), TestFixture::outcome::deadline_passed);
  const deadline soon = deadline::in(2ms);
  EXPECT_EQ(self.sleep(soon), TestFixture::outcome::deadline_passed);
  EXPECT_TRUE(soon.has_passed());
  EXPECT_EQ(self.sleep(deadline::at(std::chrono::system_clock::now() + 2ms)),
            TestFixture::outcome::deadline_passed);
}

TYPED_TEST(waiter, another_wait_needs_another_notification_but_an_interruption_stays) {
  basic_waiter<TypeParam> self;
  self.notify();
  self.rearm();
  EXPECT_EQ(self.sleep(deadline::in(1ms)), TestFixture::outcome::deadline_passed);
  self.interrupt();
  self.rearm();
  EXPECT_TRUE(self.is_interrupted());
  EXPECT_EQ(self.sleep(deadline::never()), TestFixture::outcome::interrupted);
}

TYPED_TEST(waiter, an_interruption_does_not_end_a_wait_for_the_notification_alone) {
  basic_waiter<TypeParam> self;
  std::atomic<bool> awake{false};
  std::thread sleeper([&] {
    self.sleep_until_notified();
    awake.store(true);
  });
  for (int i = 0; i < 100; ++i) self.interrupt();
  EXPECT_FALSE(awake.load());
  self.notify();
  sleeper.join();
}

// The notifier writes a plain variable first; the waiter's life ends as soon as it has seen the
// notification.
TYPED_TEST(waiter, sees_what_the_notifier_wrote_and_may_be_gone_at_once) {
  const std::size_t rounds = test::scaled(10'000);
  std::atomic<basic_waiter<TypeParam>*> sleeping{nullptr};
  std::size_t message = 0;
  std::thread notifier([&] {
    for (std::size_t i = 1; i <= rounds; ++i) {
      test::await([&] { return sleeping.load() != nullptr; });
      basic_waiter<TypeParam>* const other = sleeping.exchange(nullptr);
      message = i;
      other->notify();
    }
  });
  for (std::size_t i = 1; i <= rounds; ++i) {
    auto self = std::make_unique<basic_waiter<TypeParam>>();
    sleeping.store(self.get());
    EXPECT_EQ(self->sleep(deadline::never()), TestFixture::outcome::notified);
    EXPECT_EQ(message, i);
  }
  notifier.join();
}

TYPED_TEST(waiter, hopes_until_it_is_notified) {
  basic_waiter<TypeParam> self;
  std::atomic<bool> hopes{false};
  std::thread notifier([&] {
    test::await(hopes);
    self.notify();
  });
  hopes.store(true);
  self.hope(1'000'000'000'000, deadline::never());  // the test ends before that
  EXPECT_EQ(self.sleep(deadline::never()), TestFixture::outcome::notified);
  notifier.join();
}

TYPED_TEST(waiter, hopes_no_longer_than_told_nor_than_its_deadline_nor_when_interrupted) {
  constexpr std::int64_t for_ever = 1'000'000'000'000;
  basic_waiter<TypeParam> self;
  self.hope(1'000, deadline::never());
  self.hope(0, deadline::never());
  self.hope(for_ever, deadline::already_past());
  self.hope(for_ever, deadline::in(1ms));
  EXPECT_EQ(self.sleep(deadline::in(1ms)), TestFixture::outcome::deadline_passed);
  self.interrupt();
  self.hope(for_ever, deadline::never());
  EXPECT_EQ(self.sleep(deadline::never()), TestFixture::outcome::interrupted);
}

TYPED_TEST(waiter, watches_until_it_has_enough_and_tells_how_the_wait_ended) {
  basic_waiter<TypeParam> self;
  unsigned looks = 0;
  self.watch(1'000'000'000'000, deadline::never(), [&looks] { return ++looks == 100; });
  EXPECT_TRUE(looks == 100 || TypeParam::cpu_count() == 1);
  self.watch(1'000, deadline::never(), [] { return false; });
  EXPECT_EQ(self.stay_awake(), TestFixture::outcome::deadline_passed);
  self.interrupt();
  EXPECT_EQ(self.stay_awake(), TestFixture::outcome::interrupted);
  self.notify();
  EXPECT_EQ(self.stay_awake(), TestFixture::outcome::notified);
}

// A platform that counts the wake-ups, and lets a test do something just before the kernel looks.
struct watched : platform::portable {
  static inline std::atomic<int> wakes{0};
  static inline std::atomic<int> waits{0};
  static inline basic_waiter<watched>* notified_before_the_wait = nullptr;

  static platform::futex_result futex_wait(const atomic<std::uint32_t>& word,
                                           std::uint32_t expected, const deadline& until) noexcept;
  static void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept {
    ++wakes;
    portable::futex_wake(word, count);
  }
};

platform::futex_result watched::futex_wait(const atomic<std::uint32_t>& word,
                                           std::uint32_t expected, const deadline& until) noexcept {
  ++waits;
  if (notified_before_the_wait != nullptr)
    std::exchange(notified_before_the_wait, nullptr)->notify();
  return portable::futex_wait(word, expected, until);
}

class sleepless : public ::testing::Test {
 protected:
  void SetUp() override { watched::wakes = watched::waits = 0; }
};

TEST_F(sleepless, a_waiter_that_is_awake_costs_its_notifier_no_wake) {
  basic_waiter<watched> self;
  self.notify();
  EXPECT_EQ(self.sleep(deadline::never()), basic_waiter<watched>::outcome::notified);
  self.rearm();
  self.interrupt();
  EXPECT_EQ(self.sleep(deadline::never()), basic_waiter<watched>::outcome::interrupted);
  self.notify();
  self.sleep_until_notified();
  EXPECT_EQ(watched::wakes + watched::waits, 0);
}

TEST_F(sleepless, a_waiter_that_sleeps_costs_one_wake) {
  basic_waiter<watched> self;
  std::thread sleeper(
      [&] { EXPECT_EQ(self.sleep(deadline::never()), basic_waiter<watched>::outcome::notified); });
  test::await([] { return watched::waits > 0; });
  self.notify();
  sleeper.join();
  EXPECT_EQ(watched::wakes, 1);
}

// It has said that it sleeps, but is not yet asleep.
TEST_F(sleepless, a_notification_on_the_way_to_sleep_is_not_missed) {
  for (const bool whatever_else : {false, true}) {
    basic_waiter<watched> self;
    watched::notified_before_the_wait = &self;
    if (whatever_else)
      self.sleep_until_notified();
    else
      EXPECT_EQ(self.sleep(deadline::never()), basic_waiter<watched>::outcome::notified);
  }
  EXPECT_EQ(watched::waits, 2);
}

TEST_F(sleepless, that_it_sleeps_is_forgotten_before_the_next_wait) {
  basic_waiter<watched> self;
  EXPECT_EQ(self.sleep(deadline::in(1ms)), basic_waiter<watched>::outcome::deadline_passed);
  self.rearm();
  self.notify();
  EXPECT_EQ(watched::wakes, 0);
  EXPECT_EQ(self.sleep(deadline::never()), basic_waiter<watched>::outcome::notified);
}

// It gave up and has not come back to its queue yet: whoever takes it out just then wakes it.
TEST_F(sleepless, one_that_gave_up_and_was_taken_out_meanwhile_hears_of_it) {
  basic_waiter<watched> self;
  EXPECT_EQ(self.sleep(deadline::in(1ms)), basic_waiter<watched>::outcome::deadline_passed);
  std::thread notifier([&] { self.notify(); });
  self.sleep_until_notified();
  notifier.join();
}

}  // namespace
}  // namespace holdfast::detail
