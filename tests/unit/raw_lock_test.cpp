// SPDX-License-Identifier: BSL-1.0
// Raw locks in the templates of the standard library.
#include <chrono>
#include <mutex>
#include <stop_token>

#include <gtest/gtest.h>

#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "support/run_threads.hpp"

namespace in_raw_lock_test {
namespace {

using namespace std::chrono_literals;
using holdfast::test::run_threads;

template <class Lock>
class raw_lock : public testing::Test {};

using locks =
    testing::Types<holdfast::parking_lock, holdfast::parking_lock_cas, holdfast::spin_lock,
                   holdfast::ticket_lock, holdfast::mcs_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(raw_lock, locks);

TYPED_TEST(raw_lock, meets_the_concepts) {
  static_assert(holdfast::basic_lockable<TypeParam>);
  static_assert(holdfast::lockable<TypeParam>);
  static_assert(holdfast::timed_lockable<TypeParam>);
}

TYPED_TEST(raw_lock, works_with_scoped_lock) {
  TypeParam lock;
  int counter = 0;
  run_threads(4, [&] {
    for (int i = 0; i < 500; ++i) {
      const std::scoped_lock hold(lock);
      ++counter;
    }
  });
  EXPECT_EQ(counter, 2000);
}

TYPED_TEST(raw_lock, works_with_scoped_lock_over_two_in_opposing_orders) {
  TypeParam first;
  TypeParam second;
  int counter = 0;
  run_threads(2, [&](unsigned number) {
    for (int i = 0; i < 500; ++i) {
      if (number == 0) {
        const std::scoped_lock hold(first, second);
        ++counter;
      } else {
        const std::scoped_lock hold(second, first);
        ++counter;
      }
    }
  });
  EXPECT_EQ(counter, 1000);
}

TYPED_TEST(raw_lock, works_with_every_way_of_unique_lock) {
  TypeParam lock;
  {
    std::unique_lock hold(lock);
    EXPECT_TRUE(hold.owns_lock());
    run_threads(1, [&] {
      EXPECT_FALSE((std::unique_lock(lock, std::try_to_lock).owns_lock()));
      EXPECT_FALSE((std::unique_lock(lock, 1ms).owns_lock()));
      EXPECT_FALSE((std::unique_lock(lock, std::chrono::system_clock::now()).owns_lock()));
    });
    hold.unlock();
    EXPECT_TRUE(hold.try_lock_for(1h));
    hold.unlock();
    EXPECT_TRUE(hold.try_lock_until(std::chrono::steady_clock::now()));
  }
  std::unique_lock later(lock, std::defer_lock);
  EXPECT_TRUE(later.try_lock());
}

TYPED_TEST(raw_lock, stops_waiting_when_a_stop_is_requested) {
  TypeParam lock;
  const std::scoped_lock hold(lock);
  std::stop_source source;
  run_threads(2, [&](unsigned number) {
    if (number == 0)
      EXPECT_FALSE(lock.lock(source.get_token()));
    else
      source.request_stop();
  });
}

TEST(raw_locks, of_every_kind_lock_together) {
  holdfast::parking_lock a;
  holdfast::spin_lock b;
  holdfast::ticket_lock c;
  holdfast::mcs_lock d;
  holdfast::native_lock e;
  std::mutex f;
  const std::scoped_lock hold(a, b, c, d, e, f);
  run_threads(1, [&] {
    EXPECT_FALSE(std::unique_lock(a, std::try_to_lock).owns_lock());
    EXPECT_FALSE(std::unique_lock(e, std::try_to_lock).owns_lock());
  });
}

}  // namespace
}  // namespace in_raw_lock_test
