// SPDX-License-Identifier: BSL-1.0
// Waits until a point of a clock of the caller's that is slower than ours: while they look at it they
// stand in their place of the queue.
#include <atomic>
#include <optional>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

#include "support/hooked_clock.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

using test::await;
using test::await_waiting;
using test::hooked_clock;

template <class Platform>
class condition_clock : public testing::Test {
 protected:
  mutex<int, basic_parking_lock<Platform>> data{0};
  basic_condition<Platform> changed;
};
TYPED_TEST_SUITE(condition_clock, test::waiting_platforms, test::names_of_waiting_platforms);

TYPED_TEST(condition_clock, a_signal_that_is_sent_at_a_look_is_received) {
  for (const int at : {1, 2, 5}) {
    const hooked_clock::hook signals([&](int looks) {
      if (looks == at) {
        EXPECT_EQ(this->changed.notify_one(), 1U) << at;
      }
    });
    auto owner = this->data.lock();
    EXPECT_TRUE(this->changed.wait_until(owner, hooked_clock::soon()).notified());
    EXPECT_LE(hooked_clock::looks, at + 2) << "it looked again, after the signal";
  }
}

TYPED_TEST(condition_clock, a_predicate_is_asked_when_a_broadcast_is_sent_at_a_look) {
  std::atomic<bool> ready{false};
  const hooked_clock::hook signals([&](int looks) {
    if (looks != 3) return;
    ready = true;
    EXPECT_EQ(this->changed.notify_all(), 1U);
  });
  auto owner = this->data.lock();
  EXPECT_TRUE(this->changed.wait_until(owner, hooked_clock::soon(), [&] { return ready.load(); }));
}

TYPED_TEST(condition_clock, a_stop_that_comes_at_a_look_ends_the_wait) {
  std::stop_source source;
  const hooked_clock::hook stops([&](int looks) {
    if (looks == 3) source.request_stop();
  });
  auto owner = this->data.lock();
  EXPECT_TRUE(this->changed.wait_until(owner, source.get_token(), hooked_clock::soon()).stopped());
  EXPECT_EQ(test::waiting_at(this->changed), 0U);
}

TYPED_TEST(condition_clock, who_looks_keeps_its_place_before_others) {
  const hooked_clock::hook counts(nullptr);
  std::thread first([this] {
    auto owner = this->data.lock();
    EXPECT_TRUE(this->changed.wait_until(owner, hooked_clock::soon()).notified());
  });
  await_waiting(this->changed, 1);
  std::atomic<bool> second_is_woken{false};
  std::thread second([&] {
    auto owner = this->data.lock();
    this->changed.wait(owner);
    second_is_woken = true;
  });
  await_waiting(this->changed, 2);
  const int looks = hooked_clock::looks;
  await([looks] { return hooked_clock::looks > looks + 4; });
  EXPECT_EQ(this->changed.notify_one(), 1U);
  first.join();
  EXPECT_FALSE(second_is_woken);
  EXPECT_EQ(this->changed.notify_one(), 1U);
  second.join();
}

TEST(bounded_queue_clock, a_queue_that_is_closed_at_a_look_ends_the_wait) {
  bounded_queue<int> queue(1);
  const hooked_clock::hook closes([&](int looks) {
    if (looks == 7) queue.close();
  });
  EXPECT_EQ(queue.try_pop_until(hooked_clock::soon()), std::nullopt);
}

}  // namespace
}  // namespace holdfast
