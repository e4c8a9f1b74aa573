// SPDX-License-Identifier: BSL-1.0
// Which types processes may share.
#include "holdfast/process/shareable.hpp"

#include <array>
#include <atomic>
#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using holdfast::process::shareable;

enum class colour { red };
struct point {
  int x, y;
};
struct rich {
  char name[200];
  bool on;
  unsigned small : 3;
  colour c;
  double d;
  point p;
  std::array<point, 4> all;
  std::optional<int> maybe;
  std::complex<double> z;
};
struct nested_pointer {
  point p;
  struct {
    long l;
    void (*call)();
  } inner;
};
struct array_of_pointers {
  int n;
  const char* all[3];
};
struct member_pointer {
  int point::* which;
};
struct with_reference {
  int& r;
};
struct virtual_one {
  virtual void f();
};
struct constructed {
  constructed() : value(1) {}
  int value;
};
struct alignas(8192) too_aligned {
  int value;
};
struct hides_an_address {
  constructed first;
  void* behind_a_class_with_a_constructor;
};
struct atomic_inside {
  std::atomic<int> a;
};

static_assert(shareable<int> && shareable<bool> && shareable<double> && shareable<colour>);
static_assert(shareable<point> && shareable<rich> && shareable<constructed>);
static_assert(shareable<std::array<std::uint64_t, 1000>> && shareable<std::optional<int>>);
static_assert(!shareable<int*> && !shareable<int&> && !shareable<const int> && !shareable<int[3]>);
static_assert(!shareable<void()> && !shareable<void> && !shareable<std::nullptr_t>);
static_assert(!shareable<int point::*> && !shareable<void (point::*)()>);
static_assert(!shareable<nested_pointer> && !shareable<array_of_pointers> &&
              !shareable<member_pointer>);
static_assert(!shareable<with_reference> && !shareable<virtual_one> && !shareable<too_aligned>);
static_assert(!shareable<std::string> && !shareable<std::vector<int>> &&
              !shareable<std::unique_ptr<int>>);
static_assert(!shareable<std::array<char*, 2>>);
// The page says that this is not seen.
static_assert(shareable<hides_an_address>);
static_assert(!shareable<atomic_inside>, "not copied by its bytes, unless its author says so");

TEST(shareable, is_decided_when_it_is_compiled) { EXPECT_TRUE(shareable<rich>); }

}  // namespace

template <>
inline constexpr bool holdfast::process::enable_shareable<std::atomic<long>> = true;
static_assert(shareable<std::atomic<long>>);
