// SPDX-License-Identifier: BSL-1.0
// The reader-writer lock where threads race: nobody starves, nothing is touched after the end.
#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <vector>

#include "holdfast/lock/reader_bias.hpp"

#include "support/own_page.hpp"
#include "unit/lock/rw_lock_fixture.hpp"

namespace holdfast {
namespace {

using test::await;

template <class Lock>
using parking_rw_lock_races = test::rw_lock<Lock>;
TYPED_TEST_SUITE(parking_rw_lock_races, test::rw_locks);

// Counted in the others' sections and not in time: see tests/conformance/fairness_test.cpp.
constexpr std::size_t sections_at_most = 50'000'000;

// Three threads call `hammer` all the time, one calls `waits` some times.
template <class Hammer, class Waits>
bool gets_turns(Hammer hammer, Waits waits) {
  std::atomic<bool> over{false};
  std::atomic<bool> exceeded{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i)
    others.emplace_back([&] {
      for (std::size_t done = 0; !over.load(std::memory_order_relaxed); ++done) {
        hammer();
        if (done > sections_at_most) {
          exceeded.store(true);
          return;
        }
      }
    });
  const std::size_t turns = test::scaled(200);
  for (std::size_t i = 0; i < turns && !exceeded.load(); ++i) waits();
  over.store(true);
  for (std::thread& each : others) each.join();
  return !exceeded.load();
}

TYPED_TEST(parking_rw_lock_races, a_stream_of_readers_does_not_starve_a_writer) {
  TypeParam lock;
  const auto read = [&] { const std::shared_lock hold(lock); };
  EXPECT_TRUE(gets_turns(read, [&] { const std::scoped_lock hold(lock); }));
}

// Each holds the lock for a while, so that there is never a moment without a reader.
TYPED_TEST(parking_rw_lock_races, readers_that_overlap_do_not_starve_a_writer) {
  TypeParam lock;
  const auto read = [&] {
    const std::shared_lock hold(lock);
    std::this_thread::yield();
  };
  EXPECT_TRUE(gets_turns(read, [&] { const std::scoped_lock hold(lock); }));
}

TYPED_TEST(parking_rw_lock_races, a_stream_of_writers_does_not_starve_a_reader) {
  TypeParam lock;
  const auto write = [&] { const std::scoped_lock hold(lock); };
  EXPECT_TRUE(gets_turns(write, [&] { const std::shared_lock hold(lock); }));
}

TYPED_TEST(parking_rw_lock_races, streams_of_both_do_not_starve_an_upgrade) {
  TypeParam lock;
  std::atomic<unsigned> count{0};
  const auto both = [&] {
    if (count.fetch_add(1) % 4 == 0)
      const std::scoped_lock hold(lock);
    else
      const std::shared_lock hold(lock);
  };
  EXPECT_TRUE(gets_turns(both, [&] {
    lock.lock_upgrade();
    lock.unlock_upgrade_and_lock();
    lock.unlock();
  }));
}

// A reader leaves, and whoever waits to write for it unmaps the lock.
TYPED_TEST(parking_rw_lock_races, a_writer_may_unmap_the_lock_while_the_last_reader_leaves) {
  using page = test::on_its_own_page<TypeParam>;
  const std::size_t rounds = test::scaled(3'000);
  std::atomic<TypeParam*> offered{nullptr};
  test::run_threads(2, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (index == 0) {
        TypeParam* const lock = page::make();
        if (i % 3 == 1) test::read_until_fenced_slots(*lock);
        if (i % 3 == 2) test::read_until_slots(*lock);
        lock->lock_shared();
        offered.store(lock);
        if (i % 2 == 0) await([&] { return test::is_closed(*lock); });
        for (std::size_t n = 0; n < i % 20; ++n) std::this_thread::yield();  // it may sleep
        lock->unlock_shared();
        await([&] { return offered.load() == nullptr; });
      } else {
        await([&] { return offered.load() != nullptr; });
        TypeParam* const lock = offered.load();
        lock->lock();
        lock->unlock();
        page::destroy(lock);
        offered.store(nullptr);
      }
    }
  });
}

// Nothing says so but the slot: the flag orders nothing. ThreadSanitizer is who notices.
TYPED_TEST(parking_rw_lock_races,
           a_slot_that_another_thread_emptied_passes_on_that_its_reads_are_over) {
  TypeParam lock;
  int data = 0;
  std::atomic<bool> emptied{false};
  test::read_until_slots(lock);
  typename TypeParam::shared_half lent(lock);
  lent.lock();
  std::thread other([&] {
    EXPECT_EQ(data, 0);
    lent.unlock();
    emptied.store(true, std::memory_order_relaxed);
  });
  while (!emptied.load(std::memory_order_relaxed)) std::this_thread::yield();
  lock.lock_shared();  // by the same slot
  lock.unlock_shared();
  lock.lock();
  data = 1;
  lock.unlock();
  other.join();
}

TYPED_TEST(parking_rw_lock_races, ends_that_race_with_unlocks_lose_neither_the_lock_nor_a_waiter) {
  TypeParam lock;
  long a = 0;
  long b = 0;
  std::atomic<std::size_t> torn{0};
  const std::size_t rounds = test::scaled(3'000);
  const auto write = [&] {
    ++a;
    std::this_thread::yield();
    ++b;
  };
  const auto read = [&] { torn.fetch_add(a != b ? 1 : 0); };
  test::run_threads(4, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      std::stop_source stop;
      const deadline soon = deadline::after(static_cast<std::int64_t>(i % 40) * 1'000);
      switch ((i + index) % 6) {
        case 0:
          if (lock.try_lock_until(soon)) {
            write();
            lock.unlock();
          }
          break;
        case 1:
          if (lock.try_lock_shared_until(soon)) {
            read();
            lock.unlock_shared();
          }
          break;
        case 2:
          if (lock.try_lock_upgrade_until(soon)) {
            read();
            if (lock.try_unlock_upgrade_and_lock_until(soon, stop.get_token())) {
              write();
              lock.unlock_and_lock_upgrade();
            }
            lock.unlock_upgrade();
          }
          break;
        case 3: {
          std::thread stops([&] { stop.request_stop(); });
          if (lock.lock(stop.get_token())) {
            write();
            lock.unlock_and_lock_shared();
            read();
            lock.unlock_shared();
          }
          stops.join();
          break;
        }
        default:
          for (int n = 0; n < 40; ++n) {
            const std::shared_lock hold(lock);
            read();
            const std::shared_lock again(lock);
            read();
          }
      }
    }
  });
  EXPECT_EQ(torn.load(), 0U);
  EXPECT_EQ(a, b);
  EXPECT_EQ(test::queued_for(lock), 0U);
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(reader_bias, slots_come_after_as_many_reads_as_their_revocation_costs) {
  using detail::reader_bias;
  const auto samples_until_it_pays = [](reader_bias now) {
    unsigned count = 0;
    for (; !now.pays(); ++count) now = now.with_a_sample();
    return count;
  };
  const unsigned at_first = samples_until_it_pays(reader_bias(0));
  const reader_bias cheap = reader_bias(0).revoked(1);
  EXPECT_EQ(samples_until_it_pays(cheap), at_first);
  const reader_bias dear = reader_bias(0).revoked(500);
  EXPECT_GT(samples_until_it_pays(dear), at_first);
  // One that was interrupted at most doubles the price.
  const reader_bias interrupted = dear.revoked(1'000'000'000'000);
  EXPECT_LE(samples_until_it_pays(interrupted), 2 * samples_until_it_pays(dear));
  EXPECT_EQ(samples_until_it_pays(interrupted.revoked(1)), at_first);
}

TEST(reader_bias, a_write_begins_the_count_anew) {
  detail::reader_bias now(0);
  EXPECT_FALSE(now.has_reads());
  while (!now.pays_fences()) now = now.with_a_sample();
  EXPECT_TRUE(now.has_reads());
  EXPECT_FALSE(now.written().has_reads());
  for (int i = 0; i < 100'000; ++i) now = now.with_a_sample();  // stays within its half
  EXPECT_TRUE(now.pays());
  EXPECT_EQ(now.written().word(), 0U);
}

}  // namespace
}  // namespace holdfast
