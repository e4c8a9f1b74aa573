// SPDX-License-Identifier: BSL-1.0
// lock_all: several mutexes at once, of any locks and in any order.
#include "holdfast/lock_all.hpp"

#include <string>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace {

using holdfast::even_if_poisoned;
using holdfast::lock_all;
using holdfast::poisoned;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::leaving;
using holdfast::test::run_threads;

TEST(lock_all, gives_a_guard_of_each_mutex_in_the_order_of_the_arguments) {
  holdfast::mutex<int> number(1);
  holdfast::mutex<std::string> text(std::string("one"));
  {
    auto [n, t] = lock_all(number, text);
    static_assert(std::is_same_v<decltype(n), holdfast::guard<holdfast::mutex<int>>>);
    EXPECT_EQ(*n, 1);
    EXPECT_EQ(*t, "one");
    *n = 2;
    t->append(" more");
    EXPECT_FALSE(is_free(number));
    EXPECT_FALSE(is_free(text));
  }
  EXPECT_TRUE(is_free(number));
  EXPECT_TRUE(is_free(text));
  EXPECT_EQ(number.copy(), 2);
}

TEST(lock_all, locks_one_alone) {
  holdfast::mutex<int> m(1);
  auto [owner] = lock_all(m);
  EXPECT_FALSE(is_free(m));
}

TEST(lock_all, locks_five_mutexes_of_five_locks) {
  holdfast::mutex<int, holdfast::parking_lock> a(1);
  holdfast::mutex<long, holdfast::spin_lock> b(2);
  holdfast::mutex<char, holdfast::ticket_lock, holdfast::no_poisoning> c('3');
  holdfast::mutex<std::string, holdfast::mcs_lock> d(std::string("4"));
  holdfast::mutex<int, holdfast::native_lock> e(5);
  {
    auto [ga, gb, gc, gd, ge] = lock_all(a, b, c, d, e);
    EXPECT_EQ(*ga, 1);
    EXPECT_EQ(*gb, 2);
    EXPECT_EQ(*gc, '3');
    EXPECT_EQ(*gd, "4");
    EXPECT_EQ(*ge, 5);
    EXPECT_FALSE(is_free(a) || is_free(b) || is_free(c) || is_free(d) || is_free(e));
  }
  EXPECT_TRUE(is_free(a) && is_free(b) && is_free(c) && is_free(d) && is_free(e));
}

TEST(lock_all, of_a_const_mutex_gives_const_data) {
  holdfast::mutex<int> changes(1);
  const holdfast::mutex<int> fixed(2);
  const auto [c, f] = lock_all(changes, fixed);
  static_assert(std::is_same_v<decltype(*f), const int&>);
  EXPECT_EQ(*c + *f, 3);
}

// Four threads, each with an order of its own.
template <class A, class B, class C, class D>
void move_around(int rounds) {
  A a(1000);
  B b(1000);
  C c(1000);
  D d(1000);
  const auto shift = [](auto& from, auto& to) {
    --*from;
    ++*to;
  };
  run_threads(4, [&](unsigned number) {
    for (int i = 0; i < rounds; ++i) {
      switch (number) {
        case 0: {
          auto [from, to] = lock_all(a, b);
          shift(from, to);
          break;
        }
        case 1: {
          auto [from, to] = lock_all(b, a);
          shift(from, to);
          break;
        }
        case 2: {
          auto [w, x, y, z] = lock_all(a, b, c, d);
          shift(w, z);
          shift(x, y);
          break;
        }
        default: {
          auto [z, y, x, w] = lock_all(d, c, b, a);
          shift(z, w);
          shift(y, x);
        }
      }
    }
  });
  EXPECT_EQ(a.copy(), 1000);
  EXPECT_EQ(b.copy(), 1000);
  EXPECT_EQ(c.copy(), 1000);
  EXPECT_EQ(d.copy(), 1000);
}

TEST(lock_all, four_threads_with_opposing_orders_do_not_deadlock) {
  using mutex = holdfast::mutex<int>;
  move_around<mutex, mutex, mutex, mutex>(2000);
}

TEST(lock_all, four_threads_with_opposing_orders_of_different_locks_do_not_deadlock) {
  move_around<holdfast::mutex<int>, holdfast::mutex<int, holdfast::spin_lock>,
              holdfast::mutex<int, holdfast::native_lock>,
              holdfast::mutex<int, holdfast::ticket_lock>>(1000);
}

TEST(lock_all, gets_along_with_owners_that_lock_one_by_one) {
  holdfast::mutex<int> a(0);
  holdfast::mutex<int> b(0);
  run_threads(4, [&](unsigned number) {
    for (int i = 0; i < 1000; ++i) {
      if (number % 2 == 0) {
        auto [x, y] = lock_all(b, a);
        ++*x;
        ++*y;
      } else {
        const auto x = a.lock();
        const auto y = b.lock();
        ++*x;
        ++*y;
      }
    }
  });
  EXPECT_EQ(a.copy(), 4000);
  EXPECT_EQ(b.copy(), 4000);
}

TEST(lock_all, refuses_the_same_mutex_twice_with_nothing_locked) {
  holdfast::mutex<int> a(1);
  holdfast::mutex<int> b(1);
  try {
    const auto owners = lock_all(a, b, a);
    FAIL() << "locked the same mutex twice";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
    EXPECT_NE(std::string(error.what()).find("twice"), std::string::npos);
  }
  EXPECT_TRUE(is_free(a));
  EXPECT_TRUE(is_free(b));
  EXPECT_FALSE(a.is_poisoned());
}

TEST(lock_all, reports_poison_wherever_it_is_with_nothing_locked) {
  for (int which = 0; which < 3; ++which) {
    holdfast::mutex<int> a(1);
    holdfast::mutex<int, holdfast::spin_lock> b(1);
    holdfast::mutex<int, holdfast::native_lock> c(1);
    const void* expected = &a;
    if (which == 0) leave_by_exception(a);
    if (which == 1) {
      leave_by_exception(b);
      expected = &b;
    }
    if (which == 2) {
      leave_by_exception(c);
      expected = &c;
    }
    try {
      const auto owners = lock_all(a, b, c);
      FAIL() << "did not report poison";
    } catch (const poisoned& report) {
      EXPECT_EQ(report.mutex(), expected);
    }
    EXPECT_TRUE(is_free(a));
    EXPECT_TRUE(is_free(b));
    EXPECT_TRUE(is_free(c));
    EXPECT_EQ(a.is_poisoned() + b.is_poisoned() + c.is_poisoned(), 1);
  }
}

TEST(lock_all, gives_broken_data_to_whoever_says_even_if_poisoned) {
  holdfast::mutex<int> a(1);
  holdfast::mutex<int, holdfast::native_lock> b(2);
  leave_by_exception(b);
  const auto [whole, broken] = lock_all(even_if_poisoned, a, b);
  EXPECT_FALSE(whole.was_poisoned());
  EXPECT_TRUE(broken.was_poisoned());
  EXPECT_EQ(*broken, 2);
}

TEST(lock_all, an_exception_that_leaves_the_owner_poisons_all_of_them) {
  holdfast::mutex<int> a(1);
  holdfast::mutex<int, holdfast::spin_lock> b(1);
  const holdfast::mutex<int> read(1);
  try {
    const auto owners = lock_all(a, b, read);
    throw leaving{};
  } catch (const leaving&) {
  }
  EXPECT_TRUE(a.is_poisoned());
  EXPECT_TRUE(b.is_poisoned());
  EXPECT_FALSE(read.is_poisoned());
}

// A lock of the user's own, whose operations a test may break into.
struct staged_lock {
  void lock() {
    if (fails) throw leaving{};
    held = true;
  }
  bool try_lock() {
    if (fails) throw leaving{};
    return !std::exchange(held, true);
  }
  void unlock() {
    held = false;
    ++unlocks;
    if (after_unlock != nullptr) std::exchange(after_unlock, nullptr)(argument);
  }

  static inline bool fails = false;
  static inline int unlocks = 0;
  static inline void (*after_unlock)(void*) = nullptr;
  static inline void* argument = nullptr;
  bool held = false;
};

class lock_all_of_staged_locks : public testing::Test {
 protected:
  ~lock_all_of_staged_locks() override {
    staged_lock::fails = false;
    staged_lock::after_unlock = nullptr;
  }
  void SetUp() override { staged_lock::unlocks = 0; }
};

TEST_F(lock_all_of_staged_locks, a_lock_that_throws_leaves_nothing_locked) {
  holdfast::mutex<int> a(1);
  holdfast::mutex<int, staged_lock> b(1);
  staged_lock::fails = true;
  EXPECT_THROW((void)lock_all(a, b), leaving);
  EXPECT_THROW((void)lock_all(b, a), leaving);
  EXPECT_TRUE(is_free(a));
  staged_lock::fails = false;
  EXPECT_TRUE(is_free(b));
}

// Poison that somebody clears between the unlock and the report must not make lock_all return
// guards of mutexes that it has just unlocked.
TEST_F(lock_all_of_staged_locks, poison_cleared_meanwhile_is_still_reported) {
  using mutex = holdfast::mutex<int, staged_lock>;
  mutex a(1);
  mutex b(1);
  leave_by_exception(a);
  staged_lock::unlocks = 0;
  staged_lock::argument = &a;
  staged_lock::after_unlock = [](void* m) { static_cast<mutex*>(m)->clear_poison(); };
  EXPECT_THROW((void)lock_all(a, b), poisoned);
  EXPECT_EQ(staged_lock::unlocks, 2);
  EXPECT_TRUE(is_free(a));
  EXPECT_TRUE(is_free(b));
}

}  // namespace
