// SPDX-License-Identifier: BSL-1.0
// The lock with a favourite: exclusion holds whoever is favoured, and while favours come and go.
#include "holdfast/lock/favouring_lock.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "lock/parking_lock_algorithm.hpp"
#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace holdfast::detail {
namespace {

using lock_type = favouring_lock<platform::native>;
constexpr bool favours = platform::native::has_restartable;

// Uses the lock often enough in a row for a favour; true if that was granted.
template <class Lock>
bool earn_favour(Lock& lock) {
  for (unsigned i = 0; i <= tuning::favour_after + 1; ++i)
    if (const bool as_favourite = lock.lock(); lock.unlock(as_favourite), as_favourite) return true;
  return false;
}

TEST(favouring_lock, favours_who_is_alone_until_another_comes) {
  lock_type lock;
  ASSERT_EQ(earn_favour(lock), favours);
  std::thread([&] { lock.unlock(lock.lock()); }).join();
  const bool still = lock.lock();
  lock.unlock(still);
  EXPECT_FALSE(still);
  EXPECT_FALSE(earn_favour(lock));  // the next one is harder to earn
}

TEST(favouring_lock, favours_nobody_without_an_asymmetric_fence) {
  favouring_lock<platform::portable> lock;
  EXPECT_FALSE(earn_favour(lock));
}

TEST(favouring_lock, waits_for_a_favourite_that_is_inside) {
  lock_type lock;
  earn_favour(lock);
  std::atomic<bool> inside{true};
  std::atomic<bool> comes{false};
  const bool as_favourite = lock.lock();
  std::thread other([&] {
    comes = true;
    const bool how = lock.lock();
    EXPECT_FALSE(inside);
    lock.unlock(how);
  });
  test::await(comes);
  for (int i = 0; i < 100; ++i) std::this_thread::yield();
  inside = false;
  lock.unlock(as_favourite);
  other.join();
}

TEST(favouring_lock, a_thread_that_ends_leaves_nothing_behind) {
  lock_type lock;
  long count = 0;
  for (int i = 0; i < 8; ++i)
    std::thread([&] {
      earn_favour(lock);
      const bool how = lock.lock();
      ++count;
      lock.unlock(how);
    }).join();
  EXPECT_EQ(count, 8);
}

// A thread stops after it has seen that it is the favourite, and before it says that it is inside.
struct stopping : platform::native {
  using unchecked = platform::native;
  template <class T>
  struct atomic : platform::atomic<T> {
    using platform::atomic<T>::atomic;
    T load(platform::order o) const noexcept {
      const T seen = platform::atomic<T>::load(o);
      if (!stops) return seen;
      stops = false;
      stopped = true;
      test::await(goes_on);
      return seen;
    }
  };
  static inline thread_local bool stops = false;
  static inline std::atomic<bool> stopped{false};
  static inline std::atomic<bool> goes_on{false};
};

TEST(favouring_lock, a_late_favourite_takes_nothing_back_from_the_next) {
  if (!favours) GTEST_SKIP() << "nobody is favoured here";
  favouring_lock<stopping> lock;
  std::atomic<bool> inside{false};
  std::thread late([&] {
    earn_favour(lock);
    stopping::stops = true;
    const bool how = lock.lock();
    EXPECT_FALSE(inside);
    lock.unlock(how);
  });
  test::await(stopping::stopped);
  while (!earn_favour(lock)) {
  }
  const bool as_favourite = lock.lock();
  EXPECT_TRUE(as_favourite);
  inside = true;
  stopping::goes_on = true;
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  inside = false;
  lock.unlock(as_favourite);
  late.join();
}

// Turns long enough for favours, and short ones that end them.
TEST(favouring_lock, lets_one_in_at_a_time_while_favours_come_and_go) {
  std::atomic<std::size_t> favoured{0};
  for (std::size_t round = 0; round < 4 + test::scaled(20); ++round) {
    lock_type lock;
    long count = 0;
    std::atomic<long> expected{0};
    test::run_threads(3, [&](unsigned me) {
      test::random_numbers random(round * 3 + me);
      for (int turn = 0; turn < 20; ++turn) {
        const auto length = static_cast<long>(random.below(2) == 0 ? 1 : random.below(6000));
        for (long i = 0; i < length; ++i) {
          const bool as_favourite = lock.lock();
          count = count + 1;
          lock.unlock(as_favourite);
          if (as_favourite) ++favoured;
        }
        expected += length;
        std::this_thread::yield();
      }
    });
    ASSERT_EQ(count, expected);
  }
  EXPECT_EQ(favoured > 0, favours);
}

}  // namespace
}  // namespace holdfast::detail
