// SPDX-License-Identifier: BSL-1.0
// Poison is decided by the exceptions that are on their way: more of them than when the guard was
// made.
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_unwinding_test {
namespace {

using holdfast::even_if_poisoned;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;
using holdfast::test::run_threads;

// Calls `function` when it is destroyed.
template <class Function>
class at_end {
 public:
  explicit at_end(Function function) : function_(std::move(function)) {}
  at_end(const at_end&) = delete;
  at_end& operator=(const at_end&) = delete;
  ~at_end() { function_(); }

 private:
  Function function_;
};

// Calls `function` while an exception is unwinding this thread.
template <class Function>
void while_unwinding(Function function) {
  try {
    const at_end call(std::move(function));
    throw leaving{};
  } catch (const leaving&) {
  }
}

template <class Lock>
class unwinding : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(unwinding, locks);

TYPED_TEST(unwinding, a_destructor_run_by_unwinding_may_lock_without_poisoning) {
  holdfast::mutex<int, TypeParam> m(1);
  while_unwinding([&] { *m.lock().operator->() = 2; });
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_EQ(m.copy(), 2);
}

TYPED_TEST(unwinding, every_way_to_lock_while_unwinding_does_not_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  while_unwinding([&] {
    m.with([](int& value) { ++value; });
    EXPECT_TRUE(m.try_lock());
    EXPECT_TRUE(m.lock(even_if_poisoned));
    EXPECT_TRUE(m.try_lock_until(holdfast::deadline::already_past()));
    m.set(m.copy() + 1);
    auto owner = m.lock();
    owner.unlock();
    owner.lock();
    owner.unlocked([] {});
  });
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_EQ(m.copy(), 3);
}

TYPED_TEST(unwinding, a_second_exception_inside_a_destructor_run_by_unwinding_poisons) {
  holdfast::mutex<int, TypeParam> m(1);
  while_unwinding([&] { leave_by_exception(m); });
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(unwinding, exceptions_nest_three_deep) {
  holdfast::mutex<int, TypeParam> outer(0);
  holdfast::mutex<int, TypeParam> middle(0);
  holdfast::mutex<int, TypeParam> inner(0);
  while_unwinding([&] {
    const auto calm = outer.lock();  // one exception on its way, before and after
    while_unwinding([&] {
      const auto calm_too = middle.lock();
      leave_by_exception(inner);
    });
  });
  EXPECT_FALSE(outer.is_poisoned());
  EXPECT_FALSE(middle.is_poisoned());
  EXPECT_TRUE(inner.is_poisoned());
}

TYPED_TEST(unwinding, an_exception_that_passes_two_owners_poisons_both) {
  holdfast::mutex<int, TypeParam> first(0);
  holdfast::mutex<int, TypeParam> second(0);
  try {
    const auto outer = first.lock();
    const auto inner = second.lock();
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(first.is_poisoned());
  EXPECT_TRUE(second.is_poisoned());
}

TYPED_TEST(unwinding, an_owner_in_a_catch_block_is_not_unwinding) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    throw leaving{};
  } catch (const leaving&) {
    const auto owner = m.lock();
    *owner = 2;
  }
  EXPECT_FALSE(m.is_poisoned());
}

TYPED_TEST(unwinding, an_owner_in_a_catch_block_that_throws_again_poisons) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    try {
      throw leaving{};
    } catch (const leaving&) {
      const auto owner = m.lock();
      throw;
    }
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(unwinding, nested_exceptions_poison_the_owner_they_leave) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    const auto owner = m.lock();
    try {
      throw std::runtime_error("cause");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("effect"));
    }
  } catch (const std::runtime_error& effect) {
    EXPECT_THROW(std::rethrow_if_nested(effect), std::runtime_error);
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(unwinding, a_stored_exception_that_nobody_throws_does_not_poison) {
  holdfast::mutex<int, TypeParam> m(1);
  {
    const auto owner = m.lock();
    const std::exception_ptr stored = std::make_exception_ptr(leaving{});
  }
  EXPECT_FALSE(m.is_poisoned());
}

TYPED_TEST(unwinding, a_rethrown_exception_of_another_thread_poisons) {
  holdfast::mutex<int, TypeParam> m(1);
  try {
    const auto owner = m.lock();
    run_threads(1, [] { throw leaving{}; });
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(unwinding, an_exception_of_another_thread_does_not_poison_this_owner) {
  holdfast::mutex<int, TypeParam> m(1);
  holdfast::mutex<int, TypeParam> theirs(1);
  while_unwinding([&] {
    run_threads(2, [&] { ++*m.lock().operator->(); });  // their own count is zero
    run_threads(1, [&] { leave_by_exception(theirs); });
  });
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(theirs.is_poisoned());
}

TYPED_TEST(unwinding, a_guard_on_the_heap_that_unwinding_destroys_poisons) {
  using mutex = holdfast::mutex<int, TypeParam>;
  mutex m(1);
  struct keeper {
    explicit keeper(mutex& of) : owner(of.lock()) {}
    typename mutex::guard_type owner;
  };
  try {
    const auto kept = std::make_unique<keeper>(m);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(unwinding, a_constructor_that_throws_after_locking_poisons) {
  using mutex = holdfast::mutex<int, TypeParam>;
  mutex m(1);
  struct fails {
    explicit fails(mutex& of) : owner(of.lock()) { throw leaving{}; }
    typename mutex::guard_type owner;
  };
  EXPECT_THROW(fails{m}, leaving);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TEST(unwinding_of_moved_guards, a_guard_moved_before_the_exception_poisons_where_it_is) {
  holdfast::mutex<int> m(1);
  try {
    auto owner = m.lock();
    const auto moved = std::move(owner);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
}

TEST(unwinding_of_moved_guards, a_guard_moved_out_of_the_scope_that_the_exception_leaves_does_not) {
  holdfast::mutex<int> m(1);
  {
    std::optional<holdfast::guard<holdfast::mutex<int>>> outside;
    try {
      auto owner = m.lock();
      outside = std::move(owner);
      throw leaving{};
    } catch (const leaving&) {
    }
    EXPECT_FALSE(is_free(m));
  }
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TEST(unwinding_of_moved_guards, a_guard_made_while_unwinding_and_kept_ends_in_peace) {
  holdfast::mutex<int> m(1);
  {
    holdfast::guard<holdfast::mutex<int>> kept;
    while_unwinding([&] { kept = m.lock(); });
    EXPECT_TRUE(kept);
  }
  EXPECT_FALSE(m.is_poisoned());
}

TEST(unwinding_of_moved_guards, assigning_over_a_guard_while_unwinding_poisons_its_mutex) {
  holdfast::mutex<int> first(1);
  holdfast::mutex<int> second(2);
  auto owner = first.lock();
  while_unwinding([&] { owner = second.lock(); });
  EXPECT_TRUE(first.is_poisoned());
  EXPECT_TRUE(is_free(first));
  EXPECT_EQ(*owner, 2);
  owner.unlock();
  EXPECT_FALSE(second.is_poisoned());
}

}  // namespace
}  // namespace in_unwinding_test
