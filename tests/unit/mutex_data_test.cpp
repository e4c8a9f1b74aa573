// SPDX-License-Identifier: BSL-1.0
// What a mutex can hold, and how its data is made.
#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/shared_mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/counted.hpp"

namespace in_mutex_data_test {
namespace {

using holdfast::test::counted;
using holdfast::test::tally;

template <class Poisoning, class Lock>
struct kind {
  template <class T>
  using of = holdfast::mutex<T, Lock, Poisoning>;
};

// TypeParam::of<T> is the mutex.
template <class Kind>
class data_of_any_mutex : public testing::Test {};

using kinds = testing::Types<kind<holdfast::poison_on_exception, holdfast::parking_lock>,
                             kind<holdfast::no_poisoning, holdfast::parking_lock>,
                             kind<holdfast::poison_on_exception, holdfast::spin_lock>,
                             kind<holdfast::no_poisoning, holdfast::native_lock>>;
TYPED_TEST_SUITE(data_of_any_mutex, kinds);

struct point {
  int x;
  int y;
};

TYPED_TEST(data_of_any_mutex, an_aggregate_is_made_in_place) {
  typename TypeParam::template of<point> m(std::in_place, 1, 2);
  EXPECT_EQ(m.lock()->y, 2);
  typename TypeParam::template of<point> copied(point{3, 4});
  EXPECT_EQ(copied.lock()->x, 3);
}

struct pair_of_references {
  int& first;
  const int& second;
};

TYPED_TEST(data_of_any_mutex, data_is_made_from_references) {
  int a = 1;
  const int b = 2;
  typename TypeParam::template of<pair_of_references> m(std::in_place, a, b);
  m.lock()->first = 9;
  EXPECT_EQ(a, 9);
}

struct without_default {
  explicit without_default(int from) : number(from) {}
  int number;
};

TYPED_TEST(data_of_any_mutex, data_needs_no_default_constructor) {
  using mutex = typename TypeParam::template of<without_default>;
  static_assert(!std::is_default_constructible_v<mutex>);
  static_assert(!std::is_convertible_v<int, mutex>);
  mutex m(8);
  EXPECT_EQ(m.lock()->number, 8);
}

TYPED_TEST(data_of_any_mutex, data_needs_neither_copy_nor_move) {
  struct fixed {
    explicit fixed(int from) : number(from) {}
    fixed(const fixed&) = delete;
    fixed& operator=(const fixed&) = delete;
    int number;
  };
  typename TypeParam::template of<fixed> m(std::in_place, 3);
  EXPECT_EQ(m.lock()->number, 3);
}

struct alignas(128) line {
  std::uint64_t word;
};

TYPED_TEST(data_of_any_mutex, over_aligned_data_stays_aligned) {
  using mutex = typename TypeParam::template of<line>;
  static_assert(alignof(mutex) == 128);
  mutex m(std::in_place, std::uint64_t{1});
  const auto heaped = std::make_unique<mutex>(std::in_place, std::uint64_t{2});
  for (mutex* each : {&m, heaped.get()}) {
    const auto owner = each->lock();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(owner.operator->()) % 128, 0U);
  }
}

TYPED_TEST(data_of_any_mutex, data_that_overloads_the_address_operator_is_found) {
  struct hidden {
    int number = 3;
    hidden* operator&() { return nullptr; }
    const hidden* operator&() const { return nullptr; }
  };
  typename TypeParam::template of<hidden> m;
  EXPECT_EQ(m.lock()->number, 3);
}

TYPED_TEST(data_of_any_mutex, a_default_mutex_has_value_initialised_data) {
  typename TypeParam::template of<int> number;
  typename TypeParam::template of<point> aggregate;
  EXPECT_EQ(number.copy(), 0);
  EXPECT_EQ(aggregate.lock()->y, 0);
}

TEST(data_of_a_mutex, its_data_type_is_deduced_from_its_value) {
  holdfast::mutex number = 5;
  static_assert(std::is_same_v<decltype(number), holdfast::mutex<int>>);
  holdfast::mutex text(std::string("text"));
  static_assert(std::is_same_v<decltype(text), holdfast::mutex<std::string>>);
  const int constant = 3;
  holdfast::mutex from_constant(constant);
  static_assert(std::is_same_v<decltype(from_constant), holdfast::mutex<int>>);
  holdfast::mutex from_literal("text");
  static_assert(std::is_same_v<decltype(from_literal), holdfast::mutex<const char*>>);
  EXPECT_EQ(number.copy(), 5);
  EXPECT_EQ(from_constant.copy(), 3);
}

TEST(data_of_a_mutex, a_value_that_converts_initialises_it_without_braces) {
  holdfast::mutex<std::string> text = "text";
  EXPECT_EQ(text.copy(), "text");
  static_assert(std::is_convertible_v<const char*, holdfast::mutex<std::string>>);
  static_assert(!std::is_convertible_v<int*, holdfast::mutex<std::unique_ptr<int>>>);
}

// std::any asks whether what it is given can be copied, and may be asked for its own mutex.
TEST(data_of_a_mutex, may_take_anything_and_stand_in_containers) {
  std::map<std::string, holdfast::mutex<std::any>> by_name;
  by_name["a"].set(3);
  EXPECT_EQ(std::any_cast<int>(by_name["a"].copy()), 3);
  std::optional<holdfast::mutex<std::any>> perhaps;
  perhaps.emplace(4);
  EXPECT_EQ(std::any_cast<int>(perhaps->copy()), 4);
  std::optional<holdfast::shared_mutex<std::any>> shared;
  shared.emplace(5);
  EXPECT_EQ(std::any_cast<int>(shared->copy()), 5);
  struct member {
    holdfast::mutex<std::any> data;
  };
  static_assert(!std::is_copy_constructible_v<member>);
}

TEST(data_of_a_mutex, a_constructor_that_throws_destroys_nothing_twice) {
  struct throws {
    explicit throws(tally& counts) : first(counts), second(counts) { throw 1; }
    counted first;
    counted second;
  };
  tally counts;
  EXPECT_THROW(holdfast::mutex<throws> m(std::in_place, counts), int);
  EXPECT_EQ(counts.made, 2);
  EXPECT_EQ(counts.destroyed, 2);
}

}  // namespace
}  // namespace in_mutex_data_test
