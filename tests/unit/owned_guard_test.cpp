// SPDX-License-Identifier: BSL-1.0
// owned_guard: a guard that keeps its mutex alive.
#include "holdfast/owned_guard.hpp"

#include <memory>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/counted.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_owned_guard_test {
namespace {

using holdfast::even_if_poisoned;
using holdfast::lock_owned;
using holdfast::poisoned;
using holdfast::try_lock_owned;
using holdfast::test::counted;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;
using holdfast::test::run_threads;
using holdfast::test::tally;

template <class Poisoning, class Lock>
struct kind {
  using poisoning = Poisoning;
  template <class T>
  using of = holdfast::mutex<T, Lock, Poisoning>;
};

template <class Kind>
class any_owned_guard : public testing::Test {};

using kinds = testing::Types<kind<holdfast::poison_on_exception, holdfast::parking_lock>,
                             kind<holdfast::no_poisoning, holdfast::parking_lock>,
                             kind<holdfast::poison_on_exception, holdfast::spin_lock>>;
TYPED_TEST_SUITE(any_owned_guard, kinds);

TYPED_TEST(any_owned_guard, keeps_the_mutex_alive_after_every_other_owner_is_gone) {
  using mutex = typename TypeParam::template of<counted>;
  tally counts;
  {
    auto shared = std::make_shared<mutex>(std::in_place, counts, 3);
    const std::weak_ptr<mutex> seen = shared;
    auto owner = lock_owned(std::move(shared));
    EXPECT_EQ(seen.use_count(), 1);
    EXPECT_EQ(counts.destroyed, 0);
    EXPECT_EQ(owner->number(), 3);
    EXPECT_EQ(owner.mutex().get(), seen.lock().get());
  }
  EXPECT_EQ(counts.destroyed, 1);
}

TYPED_TEST(any_owned_guard, holds_the_lock_and_releases_it) {
  const auto shared = std::make_shared<typename TypeParam::template of<int>>(1);
  {
    const auto owner = lock_owned(shared);
    EXPECT_TRUE(owner);
    EXPECT_FALSE(is_free(*shared));
    *owner = 2;
  }
  EXPECT_TRUE(is_free(*shared));
  EXPECT_EQ(shared->copy(), 2);
  EXPECT_EQ(shared.use_count(), 1);
}

TYPED_TEST(any_owned_guard, moves_with_its_share) {
  const auto shared = std::make_shared<typename TypeParam::template of<int>>(1);
  auto owner = lock_owned(shared);
  auto moved = std::move(owner);
  EXPECT_FALSE(owner);  // NOLINT(bugprone-use-after-move): empty, that is the promise
  EXPECT_TRUE(moved);
  EXPECT_EQ(shared.use_count(), 2);
  EXPECT_FALSE(is_free(*shared));
  moved = {};
  EXPECT_TRUE(is_free(*shared));
  EXPECT_EQ(shared.use_count(), 1);
}

TYPED_TEST(any_owned_guard, assignment_releases_the_old_lock_before_the_old_share) {
  using mutex = typename TypeParam::template of<counted>;
  tally counts;
  const auto second = std::make_shared<mutex>(std::in_place, counts, 2);
  auto owner = lock_owned(std::make_shared<mutex>(std::in_place, counts, 1));
  owner = lock_owned(second);  // a checked build aborts if the first dies while it is locked
  EXPECT_EQ(counts.destroyed, 1);
  EXPECT_EQ(owner->number(), 2);
  EXPECT_EQ(owner.mutex(), second);
}

TYPED_TEST(any_owned_guard, assignment_to_itself_keeps_lock_and_share) {
  const auto shared = std::make_shared<typename TypeParam::template of<int>>(1);
  auto owner = lock_owned(shared);
  auto& same = owner;
  owner = std::move(same);
  EXPECT_TRUE(owner);
  EXPECT_EQ(owner.mutex(), shared);
  EXPECT_FALSE(is_free(*shared));
}

TYPED_TEST(any_owned_guard, try_lock_owned_gives_an_empty_guard_without_a_share_when_busy) {
  const auto shared = std::make_shared<typename TypeParam::template of<int>>(1);
  {
    const auto owner = lock_owned(shared);
    const auto second = try_lock_owned(shared);
    EXPECT_FALSE(second);
    EXPECT_EQ(second.mutex(), nullptr);
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_TRUE(try_lock_owned(shared));
}

TYPED_TEST(any_owned_guard, unlocks_and_locks_again_with_its_share) {
  auto shared = std::make_shared<typename TypeParam::template of<int>>(1);
  auto owner = lock_owned(shared);
  owner.unlock();
  EXPECT_TRUE(is_free(*shared));
  shared.reset();
  owner.lock();
  EXPECT_EQ(*owner, 1);
  EXPECT_EQ(owner.unlocked([] { return 2; }), 2);
}

TYPED_TEST(any_owned_guard, lives_longer_than_the_thread_that_made_the_mutex) {
  std::shared_ptr<typename TypeParam::template of<int>> shared;
  run_threads(1, [&] {
    auto made = std::make_shared<typename TypeParam::template of<int>>(5);
    shared = made;
  });
  const auto owner = lock_owned(std::move(shared));
  EXPECT_EQ(*owner, 5);
}

TYPED_TEST(any_owned_guard, of_many_threads_ends_the_mutex_with_the_last_of_them) {
  using mutex = typename TypeParam::template of<counted>;
  tally counts;
  for (int i = 0; i < 200; ++i) {
    auto shared = std::make_shared<mutex>(std::in_place, counts, 0);
    std::weak_ptr<mutex> weak = shared;
    auto first = std::move(shared);
    run_threads(3, [&, keep = first](unsigned) {
      const auto owner = lock_owned(keep);
      owner->set_number(owner->number() + 1);
    });
    EXPECT_EQ(lock_owned(std::move(first))->number(), 3);
    EXPECT_TRUE(weak.expired());
  }
  EXPECT_EQ(counts.alive(), 0);
}

struct pair_of_counted {
  explicit pair_of_counted(tally& counts) : first(counts, 1), second(counts, 2) {}
  counted first;
  counted second;
};

TYPED_TEST(any_owned_guard, projected_keeps_the_mutex_alive_and_locked) {
  using mutex = typename TypeParam::template of<pair_of_counted>;
  tally counts;
  {
    auto shared = std::make_shared<mutex>(std::in_place, counts);
    const std::weak_ptr<mutex> seen = shared;
    auto part = project(lock_owned(std::move(shared)), &pair_of_counted::second);
    EXPECT_EQ(part->number(), 2);
    EXPECT_EQ(counts.destroyed, 0);
    EXPECT_EQ(seen.use_count(), 1);
    EXPECT_FALSE(is_free(*part.mutex()));
    part.unlock();
    part.lock();
  }
  EXPECT_EQ(counts.destroyed, 2);
}

TYPED_TEST(any_owned_guard, projected_by_a_function_that_throws_unlocks) {
  const auto shared = std::make_shared<typename TypeParam::template of<int>>(1);
  EXPECT_THROW((void)project(lock_owned(shared), [](int&) -> int& { throw leaving{}; }), leaving);
  EXPECT_TRUE(is_free(*shared));
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_EQ(shared->is_poisoned(),
            !(std::is_same_v<typename TypeParam::poisoning, holdfast::no_poisoning>));
}

TYPED_TEST(any_owned_guard, is_projected_by_the_full_name_of_project) {
  const auto shared = std::make_shared<typename TypeParam::template of<std::pair<int, int>>>();
  const auto part = holdfast::project(lock_owned(shared), &std::pair<int, int>::first);
  EXPECT_EQ(*part, 0);
  EXPECT_EQ(shared.use_count(), 2);
}

TEST(owned_guard, is_no_plain_guard) {
  using owned = holdfast::owned_guard<holdfast::mutex<int>>;
  using plain = holdfast::guard<holdfast::mutex<int>>;
  static_assert(!std::is_convertible_v<owned, plain>);
  static_assert(!std::is_constructible_v<plain, owned>);
}

TEST(owned_guard, does_not_copy) {
  using owned = holdfast::owned_guard<holdfast::mutex<int>>;
  static_assert(!std::is_copy_constructible_v<owned>);
  static_assert(!std::is_copy_assignable_v<owned>);
  static_assert(std::is_nothrow_move_constructible_v<owned>);
  static_assert(std::is_nothrow_move_assignable_v<owned>);
}

TEST(owned_guard, left_by_an_exception_poisons) {
  const auto shared = std::make_shared<holdfast::mutex<int>>(1);
  try {
    const auto owner = lock_owned(shared);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(shared->is_poisoned());
  EXPECT_TRUE(is_free(*shared));
}

TEST(owned_guard, reports_poison_and_gives_the_share_back) {
  const auto shared = std::make_shared<holdfast::mutex<int>>(1);
  leave_by_exception(*shared);
  EXPECT_THROW((void)lock_owned(shared), poisoned);
  EXPECT_THROW((void)try_lock_owned(shared), poisoned);
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_TRUE(is_free(*shared));
  const auto owner = lock_owned(shared, even_if_poisoned);
  EXPECT_TRUE(owner.was_poisoned());
  EXPECT_EQ(*owner, 1);
}

}  // namespace
}  // namespace in_owned_guard_test
