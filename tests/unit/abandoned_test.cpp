// SPDX-License-Identifier: BSL-1.0
// A lock that reports the death of its owner: the mutex turns that into poisoned.
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/mutex.hpp"

#include "support/poison.hpp"

namespace {

using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::test::is_free;

// Says what a test has put into `owner_died`, once and to its owner.
struct mortal_lock {
  void lock() { held = true; }
  bool try_lock() { return !std::exchange(held, true); }
  bool try_lock_until(const holdfast::deadline&) { return try_lock(); }
  void unlock() { held = false; }
  bool take_abandoned() {
    EXPECT_TRUE(held);
    return std::exchange(owner_died, false);
  }

  static inline bool owner_died = false;
  bool held = false;
};

static_assert(holdfast::reports_abandoned<mortal_lock>);
static_assert(!holdfast::reports_abandoned<holdfast::parking_lock>);

class abandoned : public testing::Test {
 protected:
  void SetUp() override { mortal_lock::owner_died = false; }
  using mutex = holdfast::mutex<int, mortal_lock>;
  mutex m{1};
};

TEST_F(abandoned, a_lock_whose_owner_died_is_a_poisoned_mutex) {
  mortal_lock::owner_died = true;
  EXPECT_THROW((void)m.lock(), poisoned);
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
  EXPECT_THROW((void)m.lock(), poisoned);  // until somebody mends it
  m.clear_poison();
  EXPECT_EQ(m.copy(), 1);
}

TEST_F(abandoned, every_way_to_lock_looks_for_it) {
  const mutex& fixed = m;
  const auto each = [&](auto way) {
    m.clear_poison();
    mortal_lock::owner_died = true;
    EXPECT_THROW(way(), poisoned);
    EXPECT_TRUE(m.is_poisoned());
    EXPECT_TRUE(is_free(m));
  };
  each([&] { (void)fixed.lock(); });
  each([&] { (void)m.try_lock(); });
  each([&] { (void)m.try_lock_until(holdfast::deadline::never()); });
  each([&] { (void)m.copy(); });
  each([&] { m.set(2); });
  each([&] { m.with([](int&) {}); });
  each([&] { (void)lock_all(m); });
  EXPECT_EQ(m.get_mut(even_if_poisoned), 1);
}

TEST_F(abandoned, whoever_says_even_if_poisoned_sees_it) {
  mortal_lock::owner_died = true;
  EXPECT_TRUE(m.lock(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(m.lock(even_if_poisoned).was_poisoned());
  m.clear_poison();
  mortal_lock::owner_died = true;
  EXPECT_TRUE(std::get<0>(lock_all(even_if_poisoned, m)).was_poisoned());
}

TEST_F(abandoned, it_is_repaired_as_any_poison) {
  mortal_lock::owner_died = true;
  EXPECT_EQ(*m.lock_or_repair([](int& value) { value = 5; }).operator->(), 5);
  EXPECT_FALSE(m.is_poisoned());
}

TEST_F(abandoned, a_guard_that_locks_again_reports_it_and_stays_usable) {
  auto owner = m.lock();
  EXPECT_THROW(owner.unlocked([] { mortal_lock::owner_died = true; }), poisoned);
  EXPECT_TRUE(owner);
  EXPECT_TRUE(owner.was_poisoned());
}

TEST_F(abandoned, without_the_policy_it_is_ignored) {
  holdfast::mutex<int, mortal_lock, holdfast::no_poisoning> calm(1);
  mortal_lock::owner_died = true;
  EXPECT_EQ(calm.copy(), 1);
  EXPECT_FALSE(calm.is_poisoned());
}

}  // namespace
