// SPDX-License-Identifier: BSL-1.0
// Requeueing: some are woken, some stand in another queue afterwards, nobody is lost.
#include "unit/park/lot_fixture.hpp"

namespace holdfast::detail {
namespace {

template <class Platform>
class requeue : public lot_suite<Platform> {
 public:
  struct plan {
    std::size_t wake;
    std::size_t move;
  };

  static picked move(const void* from, const void* to, plan left, std::uintptr_t token = 0) {
    return lot_suite<Platform>::lot().unpark_requeue(
        from, to,
        [&left](std::uintptr_t) {
          if (left.wake != 0) {
            --left.wake;
            return pick::wake;
          }
          if (left.move == 0) return pick::stop;
          --left.move;
          return pick::move;
        },
        [token](const picked&) { return token; });
  }
};
TYPED_TEST_SUITE(requeue, platforms, names_of_platforms);

// Two keys, and a third for which no one waits. They lie beside each other or far apart, so that
// they share a bucket or do not.
struct distant_keys {
  char from;
  char between[5000];
  char to;
};

TYPED_TEST(requeue, an_empty_queue_is_told_so) {
  distant_keys keys{};
  bool asked = false;
  picked told{9, 9, true, true};
  const picked result = this->lot().unpark_requeue(
      &keys.from, &keys.to,
      [&](std::uintptr_t) {
        asked = true;
        return pick::wake;
      },
      [&](const picked& came) {
        told = came;
        return std::uintptr_t{0};
      });
  EXPECT_FALSE(asked);
  EXPECT_EQ(told.woken + told.moved + result.woken + result.moved, 0U);
  EXPECT_FALSE(told.more);
  EXPECT_FALSE(told.hand_off);
}

TYPED_TEST(requeue, wakes_the_oldest_and_moves_the_next_in_order) {
  distant_keys keys{};
  queue_of_threads<TypeParam> waiters(&keys.from, 6);
  const picked result = this->move(&keys.from, &keys.to, {2, 3}, 7);
  EXPECT_EQ(result.woken, 2U);
  EXPECT_EQ(result.moved, 3U);
  waiters.await_left(2);
  EXPECT_EQ(this->lot().waiters_of(&keys.from), 1U);
  EXPECT_EQ(this->lot().waiters_of(&keys.to), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(this->unpark(&keys.to, 10 + i));
  EXPECT_TRUE(this->unpark(&keys.from, 20));
  waiters.join();
  EXPECT_EQ(waiters.of(0).token, 7U);
  EXPECT_EQ(waiters.of(1).token, 7U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(waiters.of(2 + i).token, 10 + i);
  EXPECT_EQ(waiters.of(5).token, 20U);
}

TYPED_TEST(requeue, those_that_are_moved_stand_behind_those_that_were_there) {
  distant_keys keys{};
  queue_of_threads<TypeParam> there(&keys.to, 2);
  queue_of_threads<TypeParam> moved(&keys.from, 2);
  EXPECT_EQ(this->move(&keys.from, &keys.to, {0, 100}).moved, 2U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(this->unpark(&keys.to, i));
  there.join();
  moved.join();
  EXPECT_EQ(there.of(0).token, 0U);
  EXPECT_EQ(there.of(1).token, 1U);
  EXPECT_EQ(moved.of(0).token, 2U);
  EXPECT_EQ(moved.of(1).token, 3U);
}

TYPED_TEST(requeue, a_plan_of_nothing_changes_nothing) {
  distant_keys keys{};
  queue_of_threads<TypeParam> waiters(&keys.from, 2);
  const picked result = this->move(&keys.from, &keys.to, {0, 0});
  EXPECT_EQ(result.woken + result.moved, 0U);
  EXPECT_EQ(this->lot().waiters_of(&keys.from), 2U);
  EXPECT_EQ(this->lot().unpark_all(&keys.from, 0), 2U);
}

TYPED_TEST(requeue, from_a_key_to_itself_puts_the_moved_at_the_end) {
  char key = 0;
  queue_of_threads<TypeParam> waiters(&key, 4);
  const picked result = this->move(&key, &key, {1, 2}, 1);
  EXPECT_EQ(result.woken, 1U);
  EXPECT_EQ(result.moved, 2U);
  EXPECT_EQ(this->lot().waiters_of(&key), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(this->unpark(&key, 10 + i));
  waiters.join();
  EXPECT_EQ(waiters.of(0).token, 1U);
  EXPECT_EQ(waiters.of(3).token, 10U);
  EXPECT_EQ(waiters.of(1).token, 11U);
  EXPECT_EQ(waiters.of(2).token, 12U);
}

// With more keys than the table has buckets, some pair of them shares one.
TYPED_TEST(requeue, keys_that_share_a_bucket_are_told_apart) {
  std::vector<char> keys(2 * this->lot().bucket_count() + 2);
  char& from = keys[0];
  queue_of_threads<TypeParam> waiter(&from, 1);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    ASSERT_EQ(this->move(&keys[i - 1], &keys[i], {0, 1}).moved, 1U);
    ASSERT_EQ(this->lot().waiters_of(&keys[i - 1]), 0U);
    ASSERT_EQ(this->lot().waiters_of(&keys[i]), 1U);
    ASSERT_EQ(this->move(&from, &keys[i], {0, 1}).moved, 0U);
  }
  EXPECT_TRUE(this->unpark(&keys.back(), 6));
  waiter.join();
  EXPECT_EQ(waiter.of(0).token, 6U);
}

TYPED_TEST(requeue, a_waiter_that_was_moved_can_still_give_up) {
  distant_keys keys{};
  basic_waiter<TypeParam> waiter;
  park_result result{};
  std::thread parks(
      [&] { result = this->lot().park(&keys.from, waiter, deadline::never(), always); });
  this->await_queue(&keys.from, 1);
  EXPECT_EQ(this->move(&keys.from, &keys.to, {0, 1}).moved, 1U);
  waiter.interrupt();
  parks.join();
  EXPECT_EQ(result.end, park_end::interrupted);
  EXPECT_EQ(this->lot().waiters_of(&keys.to), 0U);
}

// Waiters give up, by deadline and by stop, while they are moved to and fro.
TYPED_TEST(requeue, giving_up_while_being_moved_leaves_no_trace_and_loses_no_token) {
  distant_keys keys{};
  const std::size_t rounds = test::scaled(3'000);
  std::atomic<unsigned> running{2};
  std::atomic<std::size_t> received{0};
  std::size_t sent = 0;
  test::run_threads(4, [&](unsigned index) {
    if (index < 2) {
      for (std::size_t i = 0; i < rounds; ++i) {
        basic_waiter<TypeParam> waiter;
        const auto until = deadline::after(static_cast<std::int64_t>(1'000 * (i % 80)));
        const auto result = this->lot().park(&keys.from, waiter, until, always);
        if (result.end == park_end::unparked) received.fetch_add(1);
      }
      running.fetch_sub(1);
      return;
    }
    std::size_t mine = 0;
    while (running.load() != 0) {
      if (index == 2) {
        this->move(&keys.from, &keys.to, {0, 2});
        mine += this->unpark(&keys.to, 1) ? 1 : 0;
      } else {
        this->move(&keys.to, &keys.from, {0, 1});
        std::this_thread::yield();
      }
    }
    if (index == 2) sent = mine;
  });
  EXPECT_EQ(received.load(), sent);
  EXPECT_EQ(this->lot().waiters_of(&keys.from), 0U);
  EXPECT_EQ(this->lot().waiters_of(&keys.to), 0U);
}

}  // namespace
}  // namespace holdfast::detail
