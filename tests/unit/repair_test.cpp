// SPDX-License-Identifier: BSL-1.0
// lock_or_repair: the way from a poisoned mutex back to a whole one.
#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/poison.hpp"

namespace in_repair_test {
namespace {

using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;

template <class Lock>
class repair : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(repair, locks);

TYPED_TEST(repair, lock_or_repair_does_not_repair_what_is_whole) {
  holdfast::mutex<int, TypeParam> m(1);
  const auto owner = m.lock_or_repair([](int& value) { value = 9; });
  EXPECT_EQ(*owner, 1);
  EXPECT_FALSE(owner.was_poisoned());
}

TYPED_TEST(repair, lock_or_repair_never_repairs_without_poisoning) {
  holdfast::mutex<int, TypeParam, holdfast::no_poisoning> m(1);
  leave_by_exception(m);
  EXPECT_EQ(*m.lock_or_repair([](int& value) { value = 9; }).operator->(), 1);
}

TYPED_TEST(repair, lock_or_repair_mends_the_data_and_heals) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  {
    const auto owner = m.lock_or_repair([](int& value) { value = 10; });
    EXPECT_EQ(*owner, 10);
    EXPECT_FALSE(owner.was_poisoned());
    EXPECT_FALSE(m.is_poisoned());
    EXPECT_FALSE(is_free(m));
  }
  EXPECT_EQ(m.copy(), 10);
}

TYPED_TEST(repair, lock_or_repair_whose_repair_throws_leaves_the_mutex_poisoned_and_unlocked) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  EXPECT_THROW((void)m.lock_or_repair([](int& value) {
    value = 2;
    throw leaving{};
  }),
               leaving);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
  EXPECT_EQ(*m.lock_or_repair([](int& value) { ++value; }).operator->(), 3);
}

TYPED_TEST(repair, lock_or_repair_repairs_under_the_lock) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  (void)*m.lock_or_repair([&](int&) { EXPECT_FALSE(is_free(m)); }).operator->();
}

TYPED_TEST(repair, lock_or_repair_whose_repair_throws_while_unwinding_stays_poisoned) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  struct repairs {
    holdfast::mutex<int, TypeParam>& of;
    ~repairs() {
      EXPECT_THROW((void)of.lock_or_repair([](int&) { throw leaving{}; }), leaving);
    }
  };
  try {
    const repairs at_end{m};
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

}  // namespace
}  // namespace in_repair_test
