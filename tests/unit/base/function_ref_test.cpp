// SPDX-License-Identifier: BSL-1.0
// function_ref calls what it was made from, and keeps nothing of it.
#include "holdfast/base/function_ref.hpp"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

namespace holdfast::detail {
namespace {

int call(function_ref<int(int)> f, int argument) { return f(argument); }

int twice(int x) { return 2 * x; }

TEST(function_ref, calls_a_lambda_with_its_captures) {
  int offset = 5;
  const auto add = [&offset](int x) { return x + offset; };
  EXPECT_EQ(call(add, 1), 6);
  offset = 10;
  EXPECT_EQ(call(add, 1), 11);
}

TEST(function_ref, changes_the_callable_itself_and_not_a_copy) {
  int calls = 0;
  auto counting = [calls](int) mutable { return ++calls; };
  function_ref<int(int)> f = counting;
  EXPECT_EQ(f(0), 1);
  EXPECT_EQ(f(0), 2);
  EXPECT_EQ(counting(0), 3);
}

TEST(function_ref, calls_an_object_that_is_const) {
  struct {
    int operator()(int x) const { return x - 1; }
  } const minus_one{};
  EXPECT_EQ(call(minus_one, 3), 2);
}

TEST(function_ref, calls_a_pointer_to_function) {
  const auto pointer = &twice;
  EXPECT_EQ(call(pointer, 4), 8);
}

TEST(function_ref, a_copy_calls_the_same) {
  int calls = 0;
  auto counting = [&calls] { ++calls; };
  const function_ref<void()> f = counting;
  const function_ref<void()> g = f;
  f();
  g();
  EXPECT_EQ(calls, 2);
}

TEST(function_ref, hands_arguments_on_without_copies) {
  const auto take = [](std::unique_ptr<int> p) { return *p; };
  function_ref<int(std::unique_ptr<int>)> f = take;
  EXPECT_EQ(f(std::make_unique<int>(7)), 7);
}

TEST(function_ref, an_exception_passes_through) {
  const auto thrower = [](int x) -> int { throw x; };
  EXPECT_THROW(call(thrower, 1), int);
}

static_assert(!std::is_constructible_v<function_ref<int(int)>, int (*)(void*, void*)>);
static_assert(std::is_trivially_copyable_v<function_ref<void()>>);

}  // namespace
}  // namespace holdfast::detail
