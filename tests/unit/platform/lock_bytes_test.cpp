// SPDX-License-Identifier: BSL-1.0
// The two bytes of a lock that parks: every step of its state table.
#include "holdfast/platform/lock_bytes.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "holdfast/platform/restartable.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"

namespace holdfast::platform {
namespace {

using found = lock_bytes::found;

TEST(lock_bytes, starts_free_and_alone) {
  lock_bytes bytes;
  EXPECT_FALSE(bytes.is_held());
  EXPECT_FALSE(bytes.is_parked());
}

TEST(lock_bytes, is_taken_once) {
  lock_bytes bytes;
  EXPECT_TRUE(bytes.take());
  EXPECT_TRUE(bytes.is_held());
  EXPECT_FALSE(bytes.take());
}

TEST(lock_bytes, an_owner_that_is_alone_releases) {
  lock_bytes bytes;
  ASSERT_TRUE(bytes.take());
  EXPECT_TRUE(bytes.release_alone());
  EXPECT_FALSE(bytes.is_held());
  EXPECT_TRUE(bytes.take());
}

TEST(lock_bytes, an_owner_that_is_not_alone_does_not_release) {
  lock_bytes bytes;
  ASSERT_TRUE(bytes.take());
  EXPECT_EQ(bytes.mark_parked(), found::held);
  EXPECT_TRUE(bytes.is_parked());
  EXPECT_FALSE(bytes.release_alone());
  EXPECT_TRUE(bytes.is_held());
  EXPECT_TRUE(bytes.is_parked());
}

TEST(lock_bytes, the_restartable_release_keeps_the_same_contract) {
  lock_bytes bytes;
  ASSERT_TRUE(bytes.take());
  EXPECT_TRUE(release_alone(bytes));
  EXPECT_FALSE(bytes.is_held());
  ASSERT_TRUE(bytes.take());
  EXPECT_EQ(bytes.mark_parked(), found::held);
  EXPECT_FALSE(release_alone(bytes));
  EXPECT_TRUE(bytes.is_held());
  EXPECT_TRUE(bytes.is_parked());
}

TEST(lock_bytes, marking_a_free_lock_says_that_it_is_free) {
  lock_bytes bytes;
  EXPECT_EQ(bytes.mark_parked(), found::free);
  EXPECT_TRUE(bytes.is_parked());
  EXPECT_TRUE(bytes.take());  // anyone may take it then
  EXPECT_TRUE(bytes.is_parked());
  EXPECT_FALSE(bytes.release_alone());
}

// It keeps releases from passing by whoever asks, but says nothing of a fence.
TEST(lock_bytes, one_may_ask_whether_or_not_the_lock_is_held) {
  lock_bytes bytes;
  bytes.mark_asked();
  EXPECT_FALSE(bytes.is_held());
  ASSERT_TRUE(bytes.take());
  EXPECT_FALSE(release_alone(bytes));
  bytes.mark_asked();
  EXPECT_FALSE(bytes.is_parked());
  EXPECT_FALSE(release_alone(bytes));
  EXPECT_EQ(bytes.mark_parked(), found::held);
  bytes.hand_over(true, 0);
  EXPECT_TRUE(bytes.is_held());
  EXPECT_TRUE(bytes.is_parked());
  bytes.hand_over(false, 1);
  EXPECT_FALSE(bytes.is_parked());
  EXPECT_EQ(bytes.mark_parked(), found::held_and_wary);
  bytes.hand_over(false, 0);
  EXPECT_TRUE(release_alone(bytes));
  EXPECT_FALSE(bytes.is_held());
}

TEST(lock_bytes, a_release_leaves_the_mark_or_takes_it_back) {
  lock_bytes bytes;
  ASSERT_TRUE(bytes.take());
  ASSERT_EQ(bytes.mark_parked(), found::held);
  bytes.release(true, 0);
  EXPECT_FALSE(bytes.is_held());
  EXPECT_TRUE(bytes.is_parked());
  ASSERT_TRUE(bytes.take());
  bytes.release(false, 0);
  EXPECT_FALSE(bytes.is_held());
  EXPECT_FALSE(bytes.is_parked());
}

// (I2): as long as it is wary, whoever marks it needs no fence. Of so many releases in a row exactly
// one counts.
TEST(lock_bytes, is_wary_for_as_many_releases_as_it_was_told) {
  for (const unsigned wary : {1U, 2U, lock_bytes::wary_at_most}) {
    for (unsigned releases = 0; releases <= wary + 1; ++releases) {
      lock_bytes bytes;
      ASSERT_TRUE(bytes.take());
      bytes.release(false, wary);
      for (unsigned i = 0; i < releases * platform::releases_that_count_one; ++i) {
        ASSERT_TRUE(bytes.take());
        ASSERT_FALSE(bytes.is_parked());
        ASSERT_TRUE(release_alone(bytes));
      }
      ASSERT_TRUE(bytes.take());
      EXPECT_EQ(bytes.mark_parked(), releases < wary ? found::held_and_wary : found::held);
      EXPECT_FALSE(release_alone(bytes));
      EXPECT_TRUE(bytes.is_held());
    }
  }
}

// The two bytes lie as the restartable sequences expect them.
TEST(lock_bytes, the_address_is_that_of_held_with_parked_beside_it) {
  lock_bytes bytes;
  ASSERT_TRUE(bytes.take());
  EXPECT_EQ(bytes.address()[0], 1);
  EXPECT_EQ(bytes.address()[1], 0);
  ASSERT_EQ(bytes.mark_parked(), found::held);
  EXPECT_NE(bytes.address()[1], 0);
}

TEST(lock_bytes, either_the_mark_or_the_release_comes_first) {
  const std::size_t rounds = test::scaled(30'000);
  lock_bytes bytes;
  std::atomic<std::size_t> turn{0};
  std::size_t both = 0;
  bool released = false;
  std::atomic<bool> marked_held{false};
  test::run_threads(2, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (index == 0) {
        static_cast<void>(bytes.take());
        turn.store(2 * i + 1);
        released = bytes.release_alone();
        test::await([&] { return turn.load() == 2 * i + 2; });
        // Marked while held means that the owner has seen it.
        if (released == marked_held.load()) ++both;
        bytes.release(false, 0);
      } else {
        test::await([&] { return turn.load() == 2 * i + 1; });
        marked_held.store(bytes.mark_parked() != found::free);
        turn.store(2 * i + 2);
      }
    }
  });
  EXPECT_EQ(both, 0U);
}

}  // namespace
}  // namespace holdfast::platform
