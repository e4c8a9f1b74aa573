// SPDX-License-Identifier: BSL-1.0
// Poison: what a mutex reports after its owner has left by an exception, and the ways out.
#include "support/poison.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/counted.hpp"
#include "support/run_threads.hpp"

namespace in_poison_test {
namespace {

using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::test::counted;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;
using holdfast::test::run_threads;
using holdfast::test::tally;
using holdfast::test::throws_when_copied;
using testing::HasSubstr;

template <class Lock>
class poison : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(poison, locks);

TYPED_TEST(poison, an_exception_that_leaves_the_owner_poisons_and_unlocks) {
  holdfast::mutex<int, TypeParam> m(1);
  EXPECT_FALSE(m.is_poisoned());
  try {
    const auto owner = m.lock();
    *owner = 2;
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
  EXPECT_EQ(*m.lock(even_if_poisoned).operator->(), 2);
}

TYPED_TEST(poison, lock_reports_it_every_time_and_leaves_the_mutex_unlocked) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW((void)m.lock(), poisoned);
    EXPECT_TRUE(is_free(m));
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(poison, another_thread_sees_it) {
  holdfast::mutex<int, TypeParam> m(1);
  run_threads(1, [&] { leave_by_exception(m); });
  EXPECT_THROW((void)m.lock(), poisoned);
  EXPECT_THROW(run_threads(2, [&] { (void)m.lock(); }), poisoned);
}

TYPED_TEST(poison, three_exceptions_in_a_row_are_reported_each_time) {
  holdfast::mutex<int, TypeParam> m(0);
  for (int i = 1; i <= 3; ++i) {
    try {
      const auto owner = m.lock(even_if_poisoned);
      EXPECT_EQ(owner.was_poisoned(), i > 1);
      ++*owner;
      throw leaving{};
    } catch (const leaving&) {
    }
    EXPECT_TRUE(m.is_poisoned());
    EXPECT_THROW((void)m.lock(), poisoned);
  }
  EXPECT_EQ(m.get_mut(even_if_poisoned), 3);
}

TYPED_TEST(poison, without_the_policy_three_exceptions_in_a_row_leave_the_mutex_usable) {
  holdfast::mutex<int, TypeParam, holdfast::no_poisoning> m(0);
  for (int i = 1; i <= 3; ++i) {
    try {
      const auto owner = m.lock();
      ++*owner;
      throw leaving{};
    } catch (const leaving&) {
    }
    EXPECT_FALSE(m.is_poisoned());
    EXPECT_EQ(m.copy(), i);
  }
}

TYPED_TEST(poison, leaving_normally_does_not_poison_and_does_not_heal) {
  holdfast::mutex<int, TypeParam> m(1);
  {
    const auto owner = m.lock();
  }
  EXPECT_FALSE(m.is_poisoned());
  leave_by_exception(m);
  {
    const auto owner = m.lock(even_if_poisoned);
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(poison, an_exception_caught_inside_the_scope_does_not_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  {
    const auto owner = m.lock();
    try {
      throw leaving{};
    } catch (const leaving&) {
      *owner = 2;
    }
  }
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_EQ(m.copy(), 2);
}

TYPED_TEST(poison, every_way_to_lock_reports_it_and_leaves_the_mutex_unlocked) {
  using mutex = holdfast::mutex<int, TypeParam>;
  mutex m(1);
  const mutex& fixed = m;
  leave_by_exception(m);
  const std::function<void()> ways[] = {
      [&] { (void)m.lock(); },
      [&] { (void)fixed.lock(); },
      [&] { (void)m.try_lock(); },
      [&] { (void)m.try_lock_until(holdfast::deadline::already_past()); },
      [&] { m.with([](int&) { FAIL() << "called with broken data"; }); },
      [&] { fixed.with([](const int&) { FAIL() << "called with broken data"; }); },
      [&] { (void)m.copy(); },
      [&] { m.set(2); },
      [&] { (void)m.replace(2); },
      [&] { (void)m.get_mut(); },
      [&] { (void)std::move(m).into_inner(); },
  };
  for (const auto& way : ways) {
    EXPECT_THROW(way(), poisoned);
    EXPECT_TRUE(is_free(m));
    EXPECT_TRUE(m.is_poisoned());
  }
  EXPECT_EQ(m.get_mut(even_if_poisoned), 1);
}

TYPED_TEST(poison, every_way_to_lock_gives_the_data_to_whoever_says_even_if_poisoned) {
  using mutex = holdfast::mutex<int, TypeParam>;
  mutex m(4);
  const mutex& fixed = m;
  leave_by_exception(m);
  {
    const auto owner = m.lock(even_if_poisoned);
    EXPECT_TRUE(owner.was_poisoned());
    EXPECT_EQ(*owner, 4);
  }
  {
    const auto owner = fixed.lock(even_if_poisoned);
    EXPECT_TRUE(owner.was_poisoned());
    EXPECT_EQ(*owner, 4);
  }
  {
    const auto owner = m.try_lock(even_if_poisoned);
    ASSERT_TRUE(owner);
    EXPECT_TRUE(owner.was_poisoned());
  }
  {
    const auto owner = m.try_lock_until(holdfast::deadline::already_past(), even_if_poisoned);
    ASSERT_TRUE(owner);
    EXPECT_TRUE(owner.was_poisoned());
  }
  EXPECT_EQ(m.get_mut(even_if_poisoned), 4);
  EXPECT_EQ(std::move(m).into_inner(even_if_poisoned), 4);
}

TYPED_TEST(poison, even_if_poisoned_on_a_whole_mutex_says_that_it_was_not_poisoned) {
  holdfast::mutex<int, TypeParam> m(4);
  EXPECT_FALSE(m.lock(even_if_poisoned).was_poisoned());
  EXPECT_FALSE(m.try_lock(even_if_poisoned).was_poisoned());
}

TYPED_TEST(poison, a_busy_poisoned_mutex_is_busy_first) {
  holdfast::mutex<int, TypeParam> m(4);
  leave_by_exception(m);
  const auto owner = m.lock(even_if_poisoned);
  run_threads(1, [&] {
    EXPECT_FALSE(m.try_lock());
    EXPECT_FALSE(m.try_lock(even_if_poisoned));
    EXPECT_FALSE(m.try_lock_until(holdfast::deadline::already_past()));
  });
}

TYPED_TEST(poison, into_inner_that_reports_it_has_moved_nothing) {
  holdfast::mutex<std::unique_ptr<int>, TypeParam> m(std::make_unique<int>(6));
  leave_by_exception(m);
  EXPECT_THROW((void)std::move(m).into_inner(), poisoned);
  const std::unique_ptr<int> taken = std::move(m).into_inner(even_if_poisoned);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 6);
}

TYPED_TEST(poison, into_inner_of_a_poisoned_mutex_destroys_the_value_once) {
  tally counts;
  {
    holdfast::mutex<counted, TypeParam> m(std::in_place, counts, 1);
    leave_by_exception(m);
    const counted taken = std::move(m).into_inner(even_if_poisoned);
    EXPECT_TRUE(taken.has_value());
  }
  EXPECT_EQ(counts.made, 1);
  EXPECT_EQ(counts.destroyed, 1);
}

TYPED_TEST(poison, set_and_replace_hand_the_new_value_back_and_do_not_store_it) {
  holdfast::mutex<std::unique_ptr<int>, TypeParam> m(std::make_unique<int>(1));
  leave_by_exception(m);
  auto fresh = std::make_unique<int>(2);
  EXPECT_THROW(m.set(std::move(fresh)), poisoned);
  ASSERT_NE(fresh, nullptr);
  EXPECT_THROW((void)m.replace(std::move(fresh)), poisoned);
  ASSERT_NE(fresh, nullptr);
  EXPECT_EQ(*fresh, 2);
  EXPECT_EQ(*m.get_mut(even_if_poisoned), 1);
}

TYPED_TEST(poison, clear_poison_accepts_the_data_as_it_is) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  m.clear_poison();
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_EQ(m.copy(), 1);
  leave_by_exception(m);
  EXPECT_THROW((void)m.lock(), poisoned);
}

TYPED_TEST(poison, a_function_given_to_with_that_throws_poisons) {
  holdfast::mutex<int, TypeParam> m(1);
  EXPECT_THROW(m.with([](int&) { throw leaving{}; }), leaving);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(poison, readers_of_a_const_mutex_never_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  const auto& fixed = m;
  try {
    const auto reader = fixed.lock();
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
  EXPECT_THROW(fixed.with([](const int&) { throw leaving{}; }), leaving);
  EXPECT_FALSE(m.is_poisoned());
}

TYPED_TEST(poison, a_reader_of_a_const_mutex_does_not_heal) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  const auto& fixed = m;
  try {
    const auto reader = fixed.lock(even_if_poisoned);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(poison, a_copy_that_throws_does_not_poison_as_it_only_reads) {
  holdfast::mutex<throws_when_copied, TypeParam> m(std::in_place, true, 1);
  EXPECT_THROW((void)m.copy(), leaving);
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(poison, an_assignment_in_set_that_throws_poisons_and_unlocks) {
  holdfast::mutex<throws_when_copied, TypeParam> m(std::in_place, false, 1);
  const throws_when_copied fails(true, 2);
  EXPECT_THROW(m.set(fails), leaving);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
  EXPECT_EQ(m.get_mut(even_if_poisoned).number, 1);
}

TYPED_TEST(poison, a_poisoned_inner_mutex_does_not_poison_the_outer_one) {
  using inner = holdfast::mutex<int, TypeParam>;
  holdfast::mutex<inner, TypeParam> outer(std::in_place, 1);
  leave_by_exception(*outer.lock().operator->());
  EXPECT_FALSE(outer.is_poisoned());
  EXPECT_TRUE(outer.lock()->is_poisoned());
}

struct account {};

TEST(poisoned, its_message_names_the_type_the_mutex_and_the_ways_out) {
  holdfast::mutex<account> m;
  leave_by_exception(m);
  try {
    (void)m.lock();
    FAIL() << "not reported";
  } catch (const poisoned& report) {
    char address[32];
    std::snprintf(address, sizeof address, "0x%llx",
                  static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(&m)));
    EXPECT_EQ(report.mutex(), &m);
    EXPECT_THAT(report.what(), HasSubstr("account>"));
    EXPECT_THAT(report.what(), HasSubstr(address));
    EXPECT_THAT(report.what(), HasSubstr("poisoned"));
    EXPECT_THAT(report.what(), HasSubstr("lock(even_if_poisoned)"));
    EXPECT_THAT(report.what(), HasSubstr("lock_or_repair"));
    EXPECT_THAT(report.what(), HasSubstr("clear_poison()"));
  }
}

TEST(poisoned, its_message_writes_a_simple_type_as_the_program_does) {
  holdfast::mutex<int> m;
  leave_by_exception(m);
  try {
    (void)m.lock();
    FAIL() << "not reported";
  } catch (const std::exception& report) {
    EXPECT_THAT(report.what(), HasSubstr("mutex<int> at 0x"));
  }
}

template <int>
struct name_that_is_long_enough_to_need_cutting_because_it_goes_on_and_on_and_on {};

TEST(poisoned, its_message_names_the_remedies_however_long_the_type_is) {
  using long_name = name_that_is_long_enough_to_need_cutting_because_it_goes_on_and_on_and_on<1>;
  holdfast::mutex<std::pair<long_name, std::pair<long_name, long_name>>> m;
  leave_by_exception(m);
  try {
    (void)m.get_mut();
    FAIL() << "not reported";
  } catch (const poisoned& report) {
    EXPECT_THAT(report.what(), HasSubstr("clear_poison()"));
  }
}

TEST(poisoned, is_copied_without_throwing) {
  static_assert(std::is_nothrow_copy_constructible_v<poisoned>);
  static_assert(std::is_nothrow_copy_assignable_v<poisoned>);
  static_assert(std::is_base_of_v<std::exception, poisoned>);
}

}  // namespace
}  // namespace in_poison_test
