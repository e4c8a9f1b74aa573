// SPDX-License-Identifier: BSL-1.0
// Guards: moved, emptied, unlocked and locked again; the length of a function without the lock.
#include "holdfast/guard.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/counted.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_guard_test {
namespace {

using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;
using holdfast::test::run_threads;

template <class Poisoning, class Lock>
struct kind {
  template <class T>
  using of = holdfast::mutex<T, Lock, Poisoning>;
};

// Bodies that do not concern poison.
template <class Kind>
class any_guard : public testing::Test {};

using kinds = testing::Types<kind<holdfast::poison_on_exception, holdfast::parking_lock>,
                             kind<holdfast::no_poisoning, holdfast::parking_lock>,
                             kind<holdfast::poison_on_exception, holdfast::spin_lock>,
                             kind<holdfast::poison_on_exception, holdfast::native_lock>>;
TYPED_TEST_SUITE(any_guard, kinds);

TYPED_TEST(any_guard, an_empty_guard_owns_nothing) {
  typename TypeParam::template of<int>::guard_type owner;
  EXPECT_FALSE(owner);
  EXPECT_FALSE(owner.owns_lock());
  EXPECT_FALSE(owner.was_poisoned());
  owner.unlock();
}

TYPED_TEST(any_guard, it_releases_at_the_end_of_its_scope) {
  typename TypeParam::template of<int> m(1);
  {
    const auto owner = m.lock();
    EXPECT_FALSE(is_free(m));
  }
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_guard, an_arrow_on_a_temporary_keeps_the_lock_to_the_end_of_the_expression) {
  typename TypeParam::template of<std::string> m(std::string("text"));
  EXPECT_EQ((m.lock()->size() + (is_free(m) ? 100 : 0)), 4U);
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_guard, it_unlocks_early_and_is_empty_then) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  owner.unlock();
  EXPECT_FALSE(owner);
  EXPECT_TRUE(is_free(m));
  owner.unlock();  // once is enough
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_guard, it_locks_again_after_unlock) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  owner.unlock();
  run_threads(1, [&] { *m.lock().operator->() = 2; });
  owner.lock();
  EXPECT_TRUE(owner);
  EXPECT_FALSE(is_free(m));
  EXPECT_EQ(*owner, 2);
}

TYPED_TEST(any_guard, it_tries_to_lock_again_after_unlock) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  owner.unlock();
  {
    const auto other = m.lock();
    EXPECT_FALSE(owner.try_lock());
    EXPECT_FALSE(owner);
  }
  EXPECT_TRUE(owner.try_lock());
  EXPECT_TRUE(owner);
  EXPECT_FALSE(is_free(m));
}

TYPED_TEST(any_guard, unlocked_runs_the_function_without_the_lock_and_holds_it_afterwards) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  bool was_free = false;
  owner.unlocked([&] {
    was_free = is_free(m);
    EXPECT_FALSE(owner);
    run_threads(1, [&] { *m.lock().operator->() = 2; });
  });
  EXPECT_TRUE(was_free);
  EXPECT_TRUE(owner);
  EXPECT_FALSE(is_free(m));
  EXPECT_EQ(*owner, 2);
}

TYPED_TEST(any_guard, unlocked_returns_what_the_function_returns) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  static_assert(std::is_void_v<decltype(owner.unlocked([] {}))>);
  static_assert(std::is_same_v<decltype(owner.unlocked([] { return 1; })), int>);
  EXPECT_EQ(owner.unlocked([] { return 7; }), 7);
  EXPECT_EQ(owner.unlocked([] { return std::string("seven"); }), "seven");
}

TYPED_TEST(any_guard, unlocked_passes_a_reference_on_as_a_reference) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  int elsewhere = 5;
  decltype(auto) result = owner.unlocked([&]() -> int& { return elsewhere; });
  static_assert(std::is_same_v<decltype(result), int&>);
  EXPECT_EQ(&result, &elsewhere);
  decltype(auto) expiring = owner.unlocked([&]() -> int&& { return std::move(elsewhere); });
  static_assert(std::is_same_v<decltype(expiring), int&&>);
  EXPECT_EQ(&expiring, &elsewhere);
}

TYPED_TEST(any_guard, unlocked_returns_what_only_moves) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  const auto result = owner.unlocked([] { return std::make_unique<int>(7); });
  EXPECT_EQ(*result, 7);
  EXPECT_TRUE(owner);
}

TYPED_TEST(any_guard, unlocked_copies_no_result) {
  typename TypeParam::template of<int> m(1);
  holdfast::test::tally counts;
  {
    auto owner = m.lock();
    const auto result = owner.unlocked([&] { return holdfast::test::counted(counts, 7); });
    EXPECT_EQ(result.number(), 7);
    EXPECT_EQ(counts.copied, 0);
  }
  EXPECT_EQ(counts.alive(), 0);
}

TYPED_TEST(any_guard, unlocked_locks_again_when_the_function_throws) {
  typename TypeParam::template of<int> m(1);
  auto owner = m.lock();
  EXPECT_THROW(owner.unlocked([] { throw leaving{}; }), leaving);
  EXPECT_TRUE(owner);
  EXPECT_FALSE(is_free(m));
  EXPECT_THROW((void)owner.unlocked([]() -> int { throw leaving{}; }), leaving);
  EXPECT_TRUE(owner);
}

// Guards that move.
template <class Poisoning>
class moved_guard : public testing::Test {};

using policies = testing::Types<holdfast::poison_on_exception, holdfast::no_poisoning>;
TYPED_TEST_SUITE(moved_guard, policies);

TYPED_TEST(moved_guard, takes_the_lock_along_and_leaves_an_empty_guard) {
  holdfast::mutex<int, holdfast::parking_lock, TypeParam> m(1);
  {
    auto owner = m.lock();
    auto moved = std::move(owner);
    EXPECT_FALSE(owner);  // NOLINT(bugprone-use-after-move): empty, that is the promise
    EXPECT_TRUE(moved);
    EXPECT_EQ(*moved, 1);
    EXPECT_FALSE(is_free(m));
  }
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(moved_guard, assignment_releases_what_the_target_held) {
  holdfast::mutex<int, holdfast::parking_lock, TypeParam> first(1);
  holdfast::mutex<int, holdfast::parking_lock, TypeParam> second(2);
  auto owner = first.lock();
  owner = second.lock();
  EXPECT_TRUE(is_free(first));
  EXPECT_FALSE(is_free(second));
  EXPECT_EQ(*owner, 2);
  owner = {};
  EXPECT_TRUE(is_free(second));
}

TYPED_TEST(moved_guard, assignment_to_itself_keeps_the_lock) {
  holdfast::mutex<int, holdfast::parking_lock, TypeParam> m(1);
  auto owner = m.lock();
  auto& same = owner;
  owner = std::move(same);
  EXPECT_TRUE(owner);
  EXPECT_FALSE(is_free(m));
  EXPECT_EQ(*owner, 1);
}

TYPED_TEST(moved_guard, leaves_a_function) {
  holdfast::mutex<int, holdfast::parking_lock, TypeParam> m(1);
  const auto lock_and_set = [&] {
    auto owner = m.lock();
    *owner = 2;
    return owner;
  };
  const auto owner = lock_and_set();
  EXPECT_FALSE(is_free(m));
  EXPECT_EQ(*owner, 2);
}

TYPED_TEST(moved_guard, an_unlocked_guard_that_moves_still_remembers_its_mutex) {
  holdfast::mutex<int, holdfast::parking_lock, TypeParam> m(1);
  auto owner = m.lock();
  owner.unlock();
  auto moved = std::move(owner);
  EXPECT_FALSE(moved);
  moved.lock();
  EXPECT_EQ(*moved, 1);
}

TEST(moved_guard_of_a_poisoned_mutex, keeps_what_it_saw) {
  holdfast::mutex<int> m(1);
  leave_by_exception(m);
  auto owner = m.lock(even_if_poisoned);
  const auto moved = std::move(owner);
  EXPECT_TRUE(moved.was_poisoned());
}

// Poison and guards that lock again.
template <class Lock>
class relocked_guard : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(relocked_guard, locks);

TYPED_TEST(relocked_guard, lock_reports_poison_that_came_meanwhile_with_the_guard_still_usable) {
  holdfast::mutex<int, TypeParam> m(1);
  auto owner = m.lock();
  owner.unlock();
  run_threads(1, [&] { leave_by_exception(m); });
  EXPECT_THROW(owner.lock(), poisoned);
  EXPECT_TRUE(owner);
  EXPECT_TRUE(owner.was_poisoned());
  EXPECT_FALSE(is_free(m));
  EXPECT_EQ(*owner, 1);
}

TYPED_TEST(relocked_guard,
           try_lock_reports_poison_that_came_meanwhile_with_the_guard_still_usable) {
  holdfast::mutex<int, TypeParam> m(1);
  auto owner = m.lock();
  owner.unlock();
  leave_by_exception(m);
  EXPECT_THROW((void)owner.try_lock(), poisoned);
  EXPECT_TRUE(owner);
  EXPECT_TRUE(owner.was_poisoned());
}

TYPED_TEST(relocked_guard, unlocked_reports_poison_that_came_meanwhile_with_the_lock_held) {
  holdfast::mutex<int, TypeParam> m(1);
  auto owner = m.lock();
  EXPECT_THROW(owner.unlocked([&] { leave_by_exception(m); }), poisoned);
  EXPECT_TRUE(owner);
  EXPECT_TRUE(owner.was_poisoned());
  EXPECT_FALSE(is_free(m));
}

TYPED_TEST(relocked_guard, unlocked_destroys_its_result_when_it_reports_poison) {
  holdfast::test::tally counts;
  holdfast::mutex<int, TypeParam> m(1);
  auto owner = m.lock();
  EXPECT_THROW((void)owner.unlocked([&] {
    leave_by_exception(m);
    return holdfast::test::counted(counts);
  }),
               poisoned);
  EXPECT_TRUE(owner);
  EXPECT_EQ(counts.alive(), 0);
}

TYPED_TEST(relocked_guard, unlocked_lets_the_exception_of_the_function_win_over_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  auto owner = m.lock();
  EXPECT_THROW(owner.unlocked([&] {
    leave_by_exception(m);
    throw leaving{};
  }),
               leaving);
  EXPECT_TRUE(owner);
  EXPECT_TRUE(owner.was_poisoned());
}

TYPED_TEST(relocked_guard, an_exception_of_the_function_of_unlocked_that_leaves_the_scope_poisons) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    auto owner = m.lock();
    owner.unlocked([] { throw leaving{}; });
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(relocked_guard, an_exception_after_a_caught_one_of_unlocked_poisons) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    auto owner = m.lock();
    EXPECT_THROW(owner.unlocked([] { throw leaving{}; }), leaving);
    EXPECT_FALSE(m.is_poisoned());
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(relocked_guard, that_locked_again_poisons_when_an_exception_leaves_it) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    auto owner = m.lock();
    owner.unlock();
    owner.lock();
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(relocked_guard, that_is_unlocked_when_an_exception_leaves_it_does_not_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    auto owner = m.lock();
    owner.unlock();
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_FALSE(m.is_poisoned());
}

TYPED_TEST(relocked_guard, of_a_mutex_known_to_be_poisoned_reports_only_what_came_meanwhile) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  auto owner = m.lock(even_if_poisoned);
  owner.unlock();
  EXPECT_NO_THROW(owner.lock());
  EXPECT_TRUE(owner.was_poisoned());
  EXPECT_NO_THROW(owner.unlocked([] {}));
  EXPECT_TRUE(owner.was_poisoned());
}

TYPED_TEST(relocked_guard, sees_that_the_mutex_was_healed_meanwhile) {
  holdfast::mutex<int, TypeParam> m(1);
  leave_by_exception(m);
  auto owner = m.lock(even_if_poisoned);
  owner.unlocked([&] { m.clear_poison(); });
  EXPECT_FALSE(owner.was_poisoned());
}

TYPED_TEST(relocked_guard, a_guard_of_a_const_mutex_unlocks_and_locks_again) {
  const holdfast::mutex<int, TypeParam> m(1);
  auto owner = m.lock();
  EXPECT_EQ(owner.unlocked([] { return 2; }), 2);
  owner.unlock();
  owner.lock();
  EXPECT_EQ(*owner, 1);
}

}  // namespace
}  // namespace in_guard_test
