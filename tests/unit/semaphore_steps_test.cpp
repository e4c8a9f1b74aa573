// SPDX-License-Identifier: BSL-1.0
// The semaphore step by step: on a platform of its own, where a test acts between the moment in
// which a release has chosen a waiter and the one in which that waiter wakes.
#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/platform/portable.hpp"
#include "holdfast/semaphore.hpp"

#include "park/parking_lot_algorithm.hpp"
#include "semaphore_algorithm.hpp"
#include "support/parked.hpp"

namespace holdfast {
namespace {

using test::await;

// One CPU, so that nobody waits awake; a clock that stands still until it is told; and whoever is
// woken wakes after `before_wake` has been called.
struct by_hand : platform::portable {
  using unchecked = by_hand;

  static unsigned cpu_count() noexcept { return 1; }
  static std::int64_t monotonic_now() noexcept { return now; }
  static void* process_root() noexcept {
    alignas(64) static unsigned char root[platform::process_root_size];
    return root;
  }
  static platform::futex_result futex_wait(const platform::atomic<std::uint32_t>& word,
                                           std::uint32_t expected, const deadline& until) noexcept {
    ++asleep;
    const auto result = portable::futex_wait(word, expected, until);
    --asleep;
    return result;
  }
  static void futex_wake(const platform::atomic<std::uint32_t>* word, int count) noexcept {
    if (const auto act = std::exchange(before_wake, nullptr)) act();
    portable::futex_wake(word, count);
  }

  static inline std::atomic<std::int64_t> now{0};
  static inline std::atomic<int> asleep{0};
  static inline std::function<void()> before_wake;
};

using counting = basic_semaphore<by_hand>;
using binary = basic_semaphore<by_hand, 1>;

std::size_t queued_for(const void* key) {
  return detail::basic_parking_lot<by_hand>::instance().waiters_of(key);
}

class semaphore_steps : public ::testing::Test {
 public:
  // Later than every moment up to which newcomers may barge.
  static void let_barging_end() { by_hand::now += 10 * detail::tuning::barging_ns_at_most; }

  // Uses up the hand-over that is due, so that the next release of `s` lets newcomers barge.
  template <class Semaphore>
  static void let_barging_begin(Semaphore& s) {
    let_barging_end();
    std::thread waiter([&] { s.acquire(); });
    await([] { return by_hand::asleep == 1; });
    s.release();
    waiter.join();
  }
};

TEST_F(semaphore_steps, a_release_hands_its_permit_over_when_newcomers_have_barged_long_enough) {
  counting s(0);
  let_barging_end();
  std::thread waiter([&] { s.acquire(); });
  await([] { return by_hand::asleep == 1; });
  bool barged = true;
  by_hand::before_wake = [&] { barged = s.try_acquire(); };
  s.release();
  waiter.join();
  EXPECT_FALSE(barged);
  EXPECT_EQ(s.available(), 0);
}

TEST_F(semaphore_steps, before_that_a_newcomer_may_take_the_permit_of_one_who_wakes) {
  counting s(0);
  let_barging_begin(s);
  std::thread waiter([&] { s.acquire(); });
  await([] { return by_hand::asleep == 1; });
  bool barged = false;
  by_hand::before_wake = [&] { barged = s.try_acquire(); };
  s.release();
  EXPECT_TRUE(barged);
  await([&] { return queued_for(&s) == 1 && by_hand::asleep == 1; });  // it waits again
  s.release();
  waiter.join();
  EXPECT_EQ(s.available(), 0);
}

TEST_F(semaphore_steps, of_many_permits_the_rest_is_added_when_some_are_handed_over) {
  counting s(0);
  let_barging_end();
  std::thread waiter([&] { s.acquire(); });
  await([] { return by_hand::asleep == 1; });
  std::int64_t left = -1;
  by_hand::before_wake = [&] { left = s.available(); };
  s.release(3);
  waiter.join();
  EXPECT_EQ(left, 2);
  EXPECT_EQ(s.available(), 2);
}

TEST_F(semaphore_steps, a_waiter_that_is_stopped_after_it_was_chosen_takes_its_permit) {
  counting s(0);
  let_barging_begin(s);
  std::stop_source source;
  bool acquired = false;
  std::thread waiter([&] { acquired = s.acquire(source.get_token()); });
  await([] { return by_hand::asleep == 1; });
  by_hand::before_wake = [&] { source.request_stop(); };
  s.release();
  waiter.join();
  EXPECT_TRUE(acquired);
  EXPECT_EQ(s.available(), 0);
}

TEST_F(semaphore_steps, a_second_release_while_the_chosen_one_wakes_is_an_error_and_wakes_nobody) {
  binary s(0);
  let_barging_begin(s);
  std::thread waiters[2];
  for (std::thread& each : waiters) each = std::thread([&] { s.acquire(); });
  await([&] { return queued_for(&s) == 2 && by_hand::asleep == 2; });
  bool refused = false;
  by_hand::before_wake = [&] {
    try {
      s.release();
    } catch (const std::system_error&) {
      refused = true;
    }
    EXPECT_EQ(queued_for(&s), 1U);
  };
  s.release();
  EXPECT_TRUE(refused);
  await([&] { return s.available() == 0; });
  s.release();
  for (std::thread& each : waiters) each.join();
  EXPECT_EQ(s.available(), 0);
}

}  // namespace
}  // namespace holdfast
