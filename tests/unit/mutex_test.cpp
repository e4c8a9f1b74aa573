// SPDX-License-Identifier: BSL-1.0
// What a mutex does when no exception comes along: for every policy of poisoning and several locks.
#include "holdfast/mutex.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/counted.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_mutex_test {
namespace {

using holdfast::even_if_poisoned;
using holdfast::test::counted;
using holdfast::test::is_free;
using holdfast::test::run_threads;
using holdfast::test::tally;

template <class Poisoning, class Lock>
struct kind {
  template <class T>
  using of = holdfast::mutex<T, Lock, Poisoning>;
};

// A suite of tests whose bodies do not concern poison: TypeParam::of<T> is the mutex.
template <class Kind>
class any_mutex : public testing::Test {};

using kinds = testing::Types<kind<holdfast::poison_on_exception, holdfast::parking_lock>,
                             kind<holdfast::no_poisoning, holdfast::parking_lock>,
                             kind<holdfast::poison_on_exception, holdfast::spin_lock>,
                             kind<holdfast::no_poisoning, holdfast::native_lock>>;
TYPED_TEST_SUITE(any_mutex, kinds);

TYPED_TEST(any_mutex, locks_twice_in_turn) {
  typename TypeParam::template of<int> m(1);
  {
    *m.lock().operator->() = 2;
  }
  const auto owner = m.lock();
  EXPECT_EQ(*owner, 2);
}

TYPED_TEST(any_mutex, six_threads_lose_no_increment) {
  typename TypeParam::template of<int> m(0);
  run_threads(6, [&] {
    for (int i = 0; i < 1000; ++i) ++*m.lock().operator->();
  });
  EXPECT_EQ(m.copy(), 6000);
}

TYPED_TEST(any_mutex, try_lock_gives_an_empty_guard_when_busy_and_a_full_one_when_free) {
  typename TypeParam::template of<int> m(5);
  {
    const auto owner = m.lock();
    run_threads(1, [&] {
      const auto second = m.try_lock();
      EXPECT_FALSE(second);
      EXPECT_FALSE(second.owns_lock());
    });
  }
  const auto owner = m.try_lock();
  ASSERT_TRUE(owner);
  EXPECT_TRUE(owner.owns_lock());
  EXPECT_EQ(*owner, 5);
}

TYPED_TEST(any_mutex, into_inner_gives_the_value_and_destroys_it_once_and_later) {
  tally counts;
  {
    typename TypeParam::template of<counted> m(counted(counts, 7));
    {
      const counted taken = std::move(m).into_inner();
      EXPECT_EQ(taken.number(), 7);
      EXPECT_EQ(counts.destroyed, 0);
    }
    EXPECT_EQ(counts.destroyed, 1);
  }
  EXPECT_EQ(counts.made, 1);
  EXPECT_EQ(counts.copied, 0);
  EXPECT_EQ(counts.destroyed, 1);
}

TYPED_TEST(any_mutex, into_inner_moves_a_type_that_only_moves) {
  typename TypeParam::template of<std::unique_ptr<int>> m(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(m).into_inner();
  EXPECT_EQ(*taken, 3);
}

TYPED_TEST(any_mutex, get_mut_gives_the_data_without_locking) {
  typename TypeParam::template of<int> m(1);
  m.get_mut() = 2;
  EXPECT_TRUE(is_free(m));
  {
    const auto owner = m.lock();
    EXPECT_EQ(m.get_mut(), 2);  // does not wait although the lock is held
  }
  m.get_mut(even_if_poisoned) = 3;
  EXPECT_EQ(m.copy(), 3);
}

TYPED_TEST(any_mutex, copy_gives_a_copy_and_leaves_the_data) {
  typename TypeParam::template of<std::string> m(std::string("whole"));
  std::string other = m.copy();
  other += " and more";
  EXPECT_EQ(m.copy(), "whole");
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_mutex, set_stores_the_value_and_destroys_the_old_one_once) {
  tally old_counts;
  tally new_counts;
  {
    typename TypeParam::template of<counted> m(counted(old_counts, 1));
    m.set(counted(new_counts, 2));
    EXPECT_EQ(old_counts.destroyed, 1);
    EXPECT_EQ(new_counts.destroyed, 0);
    EXPECT_EQ(m.lock()->number(), 2);
  }
  EXPECT_EQ(old_counts.destroyed, 1);
  EXPECT_EQ(new_counts.destroyed, 1);
}

TYPED_TEST(any_mutex, set_takes_what_can_be_assigned) {
  typename TypeParam::template of<std::string> m;
  m.set("text");
  EXPECT_EQ(m.copy(), "text");
  m.set({});
  EXPECT_EQ(m.copy(), "");
}

TYPED_TEST(any_mutex, replace_returns_the_old_value_alive) {
  tally counts;
  {
    typename TypeParam::template of<counted> m(counted(counts, 1));
    {
      const counted old = m.replace(counted(counts, 2));
      EXPECT_EQ(old.number(), 1);
      EXPECT_EQ(counts.destroyed, 0);
      EXPECT_EQ(m.lock()->number(), 2);
    }
    EXPECT_EQ(counts.destroyed, 1);
  }
  EXPECT_EQ(counts.made, 2);
  EXPECT_EQ(counts.destroyed, 2);
}

// Tells, when it is destroyed, whether its mutex could be locked then.
template <class Mutex>
struct looks_when_destroyed {
  Mutex* other = nullptr;
  bool* was_free = nullptr;

  looks_when_destroyed() = default;
  looks_when_destroyed(Mutex* m, bool* free) : other(m), was_free(free) {}
  looks_when_destroyed(looks_when_destroyed&& from) noexcept
      : other(std::exchange(from.other, nullptr)), was_free(from.was_free) {}
  looks_when_destroyed& operator=(looks_when_destroyed&& from) noexcept {
    std::swap(other, from.other);
    std::swap(was_free, from.was_free);
    return *this;
  }
  ~looks_when_destroyed() {
    if (other != nullptr) *was_free = is_free(*other);
  }
};

template <class Kind>
struct self_watching {
  using mutex = typename Kind::template of<self_watching>;
  looks_when_destroyed<mutex> at_end;
};

TYPED_TEST(any_mutex, set_destroys_the_old_value_after_the_lock_is_released) {
  using value = self_watching<TypeParam>;
  typename value::mutex m;
  bool was_free = false;
  m.lock()->at_end = {&m, &was_free};
  m.set(value{});
  EXPECT_TRUE(was_free);
}

TYPED_TEST(any_mutex, the_value_is_destroyed_exactly_once_with_its_mutex) {
  tally counts;
  {
    typename TypeParam::template of<counted> m(std::in_place, counts, 4);
    EXPECT_EQ(m.lock()->number(), 4);
    EXPECT_EQ(counts.destroyed, 0);
  }
  EXPECT_EQ(counts.made, 1);
  EXPECT_EQ(counts.moved, 0);
  EXPECT_EQ(counts.destroyed, 1);
}

TYPED_TEST(any_mutex, a_mutex_of_a_mutex_locks_both) {
  using inner = typename TypeParam::template of<int>;
  typename TypeParam::template of<inner> outer(std::in_place, 1);
  {
    const auto first = outer.lock();
    const auto second = first->lock();
    *second = 2;
    run_threads(1, [&] { EXPECT_FALSE(outer.try_lock()); });
  }
  EXPECT_EQ(outer.lock()->copy(), 2);
}

TYPED_TEST(any_mutex, a_mutex_of_an_array_gives_each_element) {
  typename TypeParam::template of<std::array<int, 3>> m(std::array{1, 2, 3});
  {
    const auto owner = m.lock();
    (*owner)[1] = 20;
    int sum = 0;
    for (const int each : *owner) sum += each;
    EXPECT_EQ(sum, 24);
  }
  EXPECT_EQ(m.copy(), (std::array{1, 20, 3}));
}

TYPED_TEST(any_mutex, with_returns_what_the_function_returns) {
  typename TypeParam::template of<int> m(1);
  static_assert(std::is_same_v<decltype(m.with([](int& value) { return value; })), int>);
  static_assert(std::is_void_v<decltype(m.with([](int&) {}))>);
  EXPECT_EQ(m.with([](int& value) { return ++value; }), 2);
  m.with([](int& value) { ++value; });
  EXPECT_EQ(m.copy(), 3);
  auto text = m.with([](int& value) { return std::make_unique<std::string>(value, 'x'); });
  EXPECT_EQ(*text, "xxx");
}

TYPED_TEST(any_mutex, with_passes_a_reference_on_as_a_reference) {
  typename TypeParam::template of<int> m(1);
  int elsewhere = 5;
  decltype(auto) result = m.with([&](int&) -> int& { return elsewhere; });
  static_assert(std::is_same_v<decltype(result), int&>);
  result = 6;
  EXPECT_EQ(elsewhere, 6);
}

TYPED_TEST(any_mutex, with_holds_the_lock_while_the_function_runs) {
  typename TypeParam::template of<int> m(1);
  m.with([&](int&) { run_threads(1, [&] { EXPECT_FALSE(m.try_lock()); }); });
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_mutex, a_const_mutex_locks_and_gives_const_data) {
  const typename TypeParam::template of<std::string> m(std::string("fixed"));
  {
    const auto owner = m.lock();
    static_assert(std::is_same_v<decltype(*owner), const std::string&>);
    static_assert(std::is_same_v<decltype(owner.operator->()), const std::string*>);
    EXPECT_EQ(*owner, "fixed");
  }
  EXPECT_EQ(*m.lock(even_if_poisoned).operator->(), "fixed");
  EXPECT_EQ(m.lock()->size(), 5U);
  m.with([](auto& text) { static_assert(std::is_same_v<decltype(text), const std::string&>); });
  EXPECT_EQ(m.copy(), "fixed");
}

TYPED_TEST(any_mutex, a_const_mutex_excludes_the_owners_of_the_same_mutex) {
  typename TypeParam::template of<int> m(1);
  const auto& fixed = m;
  const auto owner = fixed.lock();
  run_threads(1, [&] { EXPECT_FALSE(m.try_lock()); });
}

TYPED_TEST(any_mutex, clear_poison_of_a_whole_mutex_changes_nothing) {
  typename TypeParam::template of<int> m(1);
  m.clear_poison();
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_EQ(m.copy(), 1);
}

}  // namespace
}  // namespace in_mutex_test
