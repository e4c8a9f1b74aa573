// SPDX-License-Identifier: BSL-1.0
// The lock of the queues, and the ways to spin.
#include "holdfast/wait/futex_mutex.hpp"

#include <type_traits>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"
#include "holdfast/wait/spin_wait.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"

namespace holdfast::detail {
namespace {

template <class Platform>
class futex_mutex_on : public ::testing::Test {};
using platforms = std::conditional_t<std::is_same_v<platform::native, platform::portable>,
                                     ::testing::Types<platform::portable>,
                                     ::testing::Types<platform::native, platform::portable>>;
TYPED_TEST_SUITE(futex_mutex_on, platforms);

TYPED_TEST(futex_mutex_on, excludes_and_loses_no_waiter) {
  futex_mutex<TypeParam> mutex;
  const std::size_t rounds = test::scaled(100'000);
  std::size_t counter = 0;
  test::run_threads(4, [&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      mutex.lock();
      ++counter;
      if (i % 128 == 0) std::this_thread::yield();  // the others fall asleep
      mutex.unlock();
    }
  });
  EXPECT_EQ(counter, 4 * rounds);
}

TYPED_TEST(futex_mutex_on, works_from_memory_that_is_zero) {
  alignas(futex_mutex<TypeParam>) unsigned char zero[sizeof(futex_mutex<TypeParam>)]{};
  auto* const mutex = std::launder(reinterpret_cast<futex_mutex<TypeParam>*>(zero));
  mutex->lock();
  mutex->unlock();
  mutex->lock();
  mutex->unlock();
}

struct counting_platform : platform::portable {
  static inline unsigned pauses = 0;
  static inline unsigned yields = 0;
  static inline unsigned cpus = 2;
  static void pause() noexcept { ++pauses; }
  static void yield() noexcept { ++yields; }
  static unsigned cpu_count() noexcept { return cpus; }
  static void start(unsigned with_cpus) {
    pauses = yields = 0;
    cpus = with_cpus;
  }
};

TEST(spin_wait, a_waiter_that_parks_spins_for_a_bounded_number_of_rounds) {
  counting_platform::start(2);
  spin_before_park<counting_platform> wait;
  unsigned rounds = 0;
  while (wait.spin()) ++rounds;
  EXPECT_EQ(rounds, tuning::rounds_before_park);
  EXPECT_EQ(counting_platform::pauses, tuning::pause_rounds);
  EXPECT_EQ(counting_platform::yields, tuning::rounds_before_park - tuning::pause_rounds);
  EXPECT_FALSE(wait.spin());
  wait.start_over();
  EXPECT_TRUE(wait.spin());
}

TEST(spin_wait, nobody_pauses_on_a_single_cpu) {
  counting_platform::start(1);
  spin_before_park<counting_platform> wait;
  while (wait.spin()) {
  }
  spin_for_ever<counting_platform> wait_on;
  for (int i = 0; i < 10; ++i) wait_on.spin();
  EXPECT_EQ(counting_platform::pauses, 0U);
  EXPECT_EQ(counting_platform::yields, tuning::rounds_before_park + 10);
}

TEST(spin_wait, a_waiter_that_never_parks_yields_in_the_end) {
  counting_platform::start(2);
  spin_for_ever<counting_platform> wait;
  for (int i = 0; i < 100; ++i) wait.spin();
  EXPECT_EQ(counting_platform::pauses, 2 * tuning::spin_pauses_at_most - 1);
  EXPECT_GT(counting_platform::yields, 90U);
}

}  // namespace
}  // namespace holdfast::detail
