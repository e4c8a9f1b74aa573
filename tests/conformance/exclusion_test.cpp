// SPDX-License-Identifier: BSL-1.0
// Every lock: one owner at a time, who sees what the owners before did.
#include <mutex>

#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

template <class Tested>
class exclusion : public lock_suite<Tested> {};
TYPED_TEST_SUITE(exclusion, every_lock, names_of_locks);

template <class Tested>
class crowd : public lock_suite<Tested> {};
TYPED_TEST_SUITE(crowd, locks_of_many, names_of_locks);

TYPED_TEST(exclusion, four_threads_lose_none_of_a_million_increments_each) {
  typename TypeParam::lock_type lock;
  const std::size_t increments = this->rounds(1'000'000, 4);
  std::size_t counter = 0;
  const unsigned threads = this->compete(4, [&](unsigned) {
    for (std::size_t i = 0; i < increments; ++i) {
      lock.lock();
      may_be_preempted();
      ++counter;
      lock.unlock();
    }
  });
  EXPECT_EQ(counter, threads * increments);
}

TYPED_TEST(exclusion, two_owners_never_overlap) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(50'000, 3);
  unsigned owner = 0;  // 0: nobody
  std::size_t overlaps = 0;
  this->compete(3, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      lock.lock();
      if (owner != 0) ++overlaps;
      owner = index + 1;
      if (i % 512 == 0) give_way();  // lets the others run into the held lock
      if (owner != index + 1) ++overlaps;
      owner = 0;
      lock.unlock();
    }
  });
  EXPECT_EQ(overlaps, 0U);
}

TYPED_TEST(exclusion, owners_by_try_lock_and_by_lock_never_overlap) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(50'000, 2);
  std::size_t counter = 0;
  std::atomic<std::size_t> taken{0};
  this->compete(2, [&](unsigned index) {
    std::size_t mine = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
      if (index == 0) {
        lock.lock();
      } else if (!lock.try_lock()) {
        may_be_preempted();
        continue;
      }
      ++counter;
      may_be_preempted();
      ++mine;
      lock.unlock();
    }
    taken += mine;
  });
  EXPECT_EQ(counter, taken.load());
}

// Two words, far apart and not atomic: the next owner finds both as the last one left them.
TYPED_TEST(exclusion, unlock_makes_the_owners_writes_visible_to_the_next_owner) {
  typename TypeParam::lock_type lock;
  struct {
    std::size_t first = 0;
    char between[256]{};
    std::size_t second = 0;
  } data;
  const std::size_t rounds = this->rounds(100'000, 2);
  std::size_t torn = 0;
  this->compete(2, [&](unsigned) {
    for (std::size_t i = 0; i < rounds; ++i) {
      lock.lock();
      if (data.first != data.second) ++torn;
      ++data.first;
      may_be_preempted();
      ++data.second;
      lock.unlock();
    }
  });
  EXPECT_EQ(torn, 0U);
}

TYPED_TEST(exclusion, what_a_thread_writes_before_its_section_is_seen_after_ours) {
  typename TypeParam::lock_type lock;
  std::size_t written_outside = 0;
  bool published = false;
  const auto writer = this->opponent([&] {
    written_outside = 42;  // before the section, by no owner
    lock.lock();
    published = true;
    lock.unlock();
  });
  for (bool seen = false; !seen;) {
    lock.lock();
    seen = published;
    lock.unlock();
    if (!seen) give_way();
  }
  EXPECT_EQ(written_outside, 42U);
}

TYPED_TEST(exclusion, a_lock_that_was_used_can_be_used_again_at_once) {
  typename TypeParam::lock_type lock;
  for (int i = 0; i < 1000; ++i) {
    lock.lock();
    lock.unlock();
    ASSERT_TRUE(lock.try_lock());
    lock.unlock();
  }
}

TYPED_TEST(exclusion, works_in_lock_guard_and_unique_lock) {
  using lock_type = typename TypeParam::lock_type;
  lock_type lock;
  {
    const std::lock_guard<lock_type> hold(lock);
  }
  std::unique_lock<lock_type> hold(lock);
  EXPECT_TRUE(hold.owns_lock());
  hold.unlock();
  EXPECT_TRUE(hold.try_lock());
}

TYPED_TEST(exclusion, scoped_lock_takes_two_in_either_order) {
  using lock_type = typename TypeParam::lock_type;
  lock_type a;
  lock_type b;
  std::size_t counter = 0;
  const std::size_t rounds = this->rounds(10'000, 2);
  const unsigned threads = this->compete(2, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const std::scoped_lock<lock_type, lock_type> hold(index == 0 ? a : b, index == 0 ? b : a);
      may_be_preempted();
      ++counter;
    }
  });
  EXPECT_EQ(counter, threads * rounds);
}

TYPED_TEST(crowd, sixty_four_threads_all_get_their_turns) {
  typename TypeParam::lock_type lock;
  const std::size_t rounds = this->rounds(2'000, 64);
  std::size_t counter = 0;
  const unsigned threads = this->compete(64, [&](unsigned) {
    for (std::size_t i = 0; i < rounds; ++i) {
      lock.lock();
      may_be_preempted();
      ++counter;
      lock.unlock();
    }
  });
  EXPECT_EQ(threads, 64U);
  EXPECT_EQ(counter, threads * rounds);
}

// Every waiter is asleep when the lock is released for the first time.
TYPED_TEST(crowd, waiters_that_are_all_asleep_are_all_served) {
  typename TypeParam::lock_type lock;
  std::size_t counter = 0;
  {
    held_elsewhere holder(lock);
    std::atomic<bool> all_wait{false};
    const auto releases = this->opponent([&] {
      await(all_wait);
      holder.release();
    });
    const auto watches = this->opponent([&] {
      await_waiters(lock, 16);
      all_wait.store(true);
    });
    this->compete(16, [&](unsigned) {
      lock.lock();
      ++counter;
      lock.unlock();
    });
  }
  EXPECT_EQ(counter, 16U);
  EXPECT_EQ(queued_or(lock, 0U), 0U);
}

}  // namespace
}  // namespace holdfast::test
