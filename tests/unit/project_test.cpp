// SPDX-License-Identifier: BSL-1.0
// project: a guard for a part of the data.
#include "holdfast/project.hpp"

#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_project_test {
namespace {

using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::project;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;
using holdfast::test::run_threads;

struct address {
  std::string street;
  int number = 0;
};

struct person {
  std::string name;
  address home;
  address& where() { return home; }
  const address& where() const { return home; }
};

template <class Poisoning, class Lock>
struct kind {
  using mutex = holdfast::mutex<person, Lock, Poisoning>;
};

template <class Kind>
class any_projection : public testing::Test {};

using kinds = testing::Types<kind<holdfast::poison_on_exception, holdfast::parking_lock>,
                             kind<holdfast::no_poisoning, holdfast::parking_lock>,
                             kind<holdfast::poison_on_exception, holdfast::spin_lock>,
                             kind<holdfast::poison_on_exception, holdfast::native_lock>>;
TYPED_TEST_SUITE(any_projection, kinds);

TYPED_TEST(any_projection, by_a_member_holds_the_lock_and_gives_the_part) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  {
    const auto name = project(m.lock(), &person::name);
    static_assert(std::is_same_v<decltype(*name), std::string&>);
    EXPECT_FALSE(is_free(m));
    EXPECT_EQ(*name, "Ann");
    name->append("a");
  }
  EXPECT_TRUE(is_free(m));
  EXPECT_EQ(m.lock()->name, "Anna");
}

TYPED_TEST(any_projection, by_a_function_gives_the_part_that_it_returns) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  const auto number = project(m.lock(), [](person& p) -> int& { return p.home.number; });
  ++*number;
  EXPECT_EQ(*number, 4);
}

TYPED_TEST(any_projection, leaves_the_whole_guard_empty) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  auto whole = m.lock();
  {
    const auto part = project(std::move(whole), &person::home);
    EXPECT_FALSE(whole);  // NOLINT(bugprone-use-after-move): empty, that is the promise
    EXPECT_TRUE(part);
    whole.unlock();  // nothing to release
    EXPECT_FALSE(is_free(m));
  }
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_projection, projected_again_unlocks_once_when_it_dies) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  {
    auto home = project(m.lock(), &person::home);
    {
      const auto number = project(std::move(home), &address::number);
      EXPECT_EQ(*number, 3);
      EXPECT_FALSE(is_free(m));
    }
    EXPECT_TRUE(is_free(m));
    const auto other = m.lock();  // the end of `home` must not release this
    home.unlock();                // nor this
    EXPECT_FALSE(is_free(m));
  }
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_projection, of_a_const_mutex_gives_const_parts) {
  const typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  {
    const auto name = project(m.lock(), &person::name);
    static_assert(std::is_same_v<decltype(*name), const std::string&>);
    EXPECT_EQ(*name, "Ann");
  }
  const auto number = project(m.lock(), [](const auto& p) -> auto& { return p.home.number; });
  static_assert(std::is_same_v<decltype(*number), const int&>);
  EXPECT_EQ(*number, 3);
}

TYPED_TEST(any_projection, a_function_that_throws_unlocks) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  auto whole = m.lock();
  EXPECT_THROW((void)project(std::move(whole), [](person&) -> int& { throw leaving{}; }), leaving);
  EXPECT_TRUE(is_free(m));  // although `whole` is still there
  EXPECT_FALSE(whole);      // NOLINT(bugprone-use-after-move): empty, that is the promise
}

TYPED_TEST(any_projection, unlocks_and_locks_again) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  auto number = project(project(m.lock(), &person::home), &address::number);
  number.unlocked([&] { run_threads(1, [&] { m.lock()->home.number = 8; }); });
  EXPECT_EQ(*number, 8);
  number.unlock();
  EXPECT_TRUE(is_free(m));
  number.lock();
  EXPECT_FALSE(is_free(m));
}

TYPED_TEST(any_projection, an_arrow_on_a_temporary_part_works) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  EXPECT_EQ(project(m.lock(), &person::name)->size(), 3U);
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(any_projection, by_a_member_function_gives_what_it_returns) {
  typename TypeParam::mutex m(person{"Ann", {"Lane", 3}});
  const auto home = project(m.lock(), static_cast<address& (person::*)()>(&person::where));
  EXPECT_EQ(home->number, 3);
}

TEST(projection, reaches_an_element_of_a_container) {
  holdfast::mutex<std::vector<std::array<int, 2>>> m(std::in_place, 3U);
  {
    const auto element =
        project(m.lock(), [](auto& all) -> std::array<int, 2>& { return all.at(1); });
    element->at(0) = 5;
  }
  EXPECT_EQ(m.copy()[1][0], 5);
}

TEST(projection, a_projected_guard_moves) {
  holdfast::mutex<person> m(person{"Ann", {"Lane", 3}});
  auto name = project(m.lock(), &person::name);
  auto moved = std::move(name);
  EXPECT_FALSE(name);  // NOLINT(bugprone-use-after-move): empty, that is the promise
  EXPECT_EQ(*moved, "Ann");
  moved.unlock();
  moved = project(m.lock(), &person::name);
  EXPECT_FALSE(is_free(m));
}

template <class Lock>
class poison_of_projections : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(poison_of_projections, locks);

TYPED_TEST(poison_of_projections, leaving_with_a_part_by_an_exception_poisons) {
  holdfast::mutex<person, TypeParam> m;
  try {
    const auto name = project(m.lock(), &person::name);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(poison_of_projections, leaving_with_a_part_of_a_part_by_an_exception_poisons) {
  holdfast::mutex<person, TypeParam> m;
  try {
    const auto number = project(project(m.lock(), &person::home), &address::number);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(poison_of_projections, a_function_that_throws_poisons_and_unlocks) {
  holdfast::mutex<person, TypeParam> m;
  EXPECT_THROW((void)project(m.lock(), [](person&) -> int& { throw leaving{}; }), leaving);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(poison_of_projections, a_second_function_that_throws_poisons_and_unlocks) {
  holdfast::mutex<person, TypeParam> m;
  auto home = project(m.lock(), &person::home);
  EXPECT_THROW((void)project(std::move(home), [](address&) -> int& { throw leaving{}; }), leaving);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(poison_of_projections, a_reader_of_a_part_never_poisons) {
  const holdfast::mutex<person, TypeParam> m;
  try {
    const auto name = project(m.lock(), &person::name);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_THROW((void)project(m.lock(), [](const person&) -> const int& { throw leaving{}; }),
               leaving);
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_TRUE(m.lock());
}

TYPED_TEST(poison_of_projections, a_part_keeps_what_the_whole_saw) {
  holdfast::mutex<person, TypeParam> m;
  leave_by_exception(m);
  const auto name = project(m.lock(even_if_poisoned), &person::name);
  EXPECT_TRUE(name.was_poisoned());
}

TYPED_TEST(poison_of_projections, a_part_made_while_unwinding_does_not_poison) {
  using mutex = holdfast::mutex<person, TypeParam>;
  mutex m;
  struct renames {
    mutex& of;
    ~renames() { project(of.lock(), &person::name)->assign("Bo"); }
  };
  try {
    const renames at_end{m};
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_FALSE(m.is_poisoned());
  EXPECT_EQ(m.lock()->name, "Bo");
}

}  // namespace
}  // namespace in_project_test
