// SPDX-License-Identifier: BSL-1.0
// The textbook's mutex: exact with it, wrong without it, and nobody waits for ever.
#include "holdfast/fiber/classic.hpp"

#include <string>

#include <gtest/gtest.h>

#include "holdfast/fiber/scheduler.hpp"

namespace holdfast::fiber::classic {
namespace {

constexpr int fibers = 4;
constexpr int increments = 10'000;

// What each fiber does in a row of increments; a yield comes between reading and writing.
template <class Lock, class Unlock>
int count_with(Lock lock, Unlock unlock) {
  scheduler s;
  int counter = 0;
  for (int i = 0; i < fibers; ++i)
    s.spawn([&] {
      for (int n = 0; n < increments; ++n) {
        lock();
        const int seen = counter;
        thread_yield();
        counter = seen + 1;
        unlock();
      }
    });
  s.run();
  return counter;
}

TEST(classic, counts_exactly_with_yields_inside) {
  mutex_word mutex = 0;
  EXPECT_EQ(count_with([&] { mutex_lock(mutex); }, [&] { mutex_unlock(mutex); }),
            fibers * increments);
  EXPECT_EQ(mutex, 0U);
}

// Each round all fibers read the same number before the first one writes.
TEST(classic, loses_three_of_four_increments_without_the_lock) {
  EXPECT_EQ(count_with([] {}, [] {}), increments);
}

TEST(classic, trylock_gets_a_free_mutex_alone) {
  mutex_word mutex = 0;
  EXPECT_TRUE(mutex_trylock(mutex));
  EXPECT_FALSE(mutex_trylock(mutex));
  mutex_unlock(mutex);
  EXPECT_TRUE(mutex_trylock(mutex));
}

TEST(classic, whoever_finds_it_locked_lets_the_owner_run) {
  scheduler s;
  mutex_word mutex = 0;
  std::string order;
  s.spawn([&] {
    mutex_lock(mutex);
    order += "locked ";
    thread_yield();
    order += "unlocks ";
    mutex_unlock(mutex);
  });
  s.spawn([&] {
    mutex_lock(mutex);
    order += "got it";
    mutex_unlock(mutex);
  });
  s.run();
  EXPECT_EQ(order, "locked unlocks got it");
}

}  // namespace
}  // namespace holdfast::fiber::classic
