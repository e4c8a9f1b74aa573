// SPDX-License-Identifier: BSL-1.0
// How one thread sleeps: notified, interrupted, or by its deadline, whichever comes when.
#include "holdfast/wait/waiter.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <type_traits>

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

}  // namespace
}  // namespace holdfast::detail
