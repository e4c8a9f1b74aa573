// SPDX-License-Identifier: BSL-1.0
// The semaphore with waiters: who is woken, how waits end, and what happens when a release meets a
// waiter that is about to sleep or to leave.
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/semaphore.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "unit/park/lot_fixture.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using test::await;
using test::run_threads;
using test::scaled;

template <class Platform>
std::size_t queued_on(const void* key) {
  return detail::basic_parking_lot<typename Platform::unchecked>::instance().waiters_of(key);
}

template <class Platform, std::int64_t Max>
void await_queued(const basic_semaphore<Platform, Max>& on, std::size_t count) {
  await([&] { return queued_on<Platform>(&on) == count; });
}

template <class Platform>
class semaphore_suite : public ::testing::Test {
 public:
  using counting = basic_semaphore<Platform>;
  using binary = basic_semaphore<Platform, 1>;
};
TYPED_TEST_SUITE(semaphore_suite, detail::platforms, detail::names_of_platforms);

TYPED_TEST(semaphore_suite, a_release_wakes_a_waiter_asleep) {
  typename TestFixture::counting s(0);
  std::thread waiter([&] { s.acquire(); });
  await_queued(s, 1);
  s.release();
  waiter.join();
  EXPECT_EQ(s.available(), 0);
}

TYPED_TEST(semaphore_suite, a_release_of_many_wakes_as_many_and_leaves_the_rest) {
  typename TestFixture::counting s(0);
  std::atomic<int> through{0};
  std::vector<std::jthread> waiters;
  for (int i = 0; i < 5; ++i)
    waiters.emplace_back([&] {
      s.acquire();
      ++through;
    });
  await_queued(s, 5);
  s.release(3);
  await([&] { return through == 3; });
  await_queued(s, 2);
  EXPECT_EQ(through, 3);
  EXPECT_EQ(s.available(), 0);
  s.release(4);
  waiters.clear();
  EXPECT_EQ(through, 5);
  EXPECT_EQ(s.available(), 2);
}

TYPED_TEST(semaphore_suite, a_release_beyond_the_limit_wakes_nobody) {
  typename TestFixture::binary s(0);
  std::thread waiter([&] { s.acquire(); });
  await_queued(s, 1);
  EXPECT_THROW(s.release(2), std::system_error);
  EXPECT_EQ(queued_on<TypeParam>(&s), 1U);
  s.release();
  waiter.join();
}

TYPED_TEST(semaphore_suite, serves_waiters_in_the_order_in_which_they_came) {
  typename TestFixture::counting s(0);
  std::atomic<int> turn{0};
  std::array<int, 4> place{};
  std::vector<std::jthread> waiters;
  for (std::size_t i = 0; i < place.size(); ++i) {
    waiters.emplace_back([&, i] {
      s.acquire();
      place[i] = ++turn;
    });
    await_queued(s, i + 1);
  }
  for (int i = 1; i <= 4; ++i) {
    s.release();
    await([&] { return turn == i; });
  }
  waiters.clear();
  EXPECT_EQ(place, (std::array{1, 2, 3, 4}));
}

TYPED_TEST(semaphore_suite, a_waiter_gets_its_turn_from_threads_that_never_let_go_for_long) {
  typename TestFixture::binary s(1);
  std::atomic<bool> over{false};
  std::vector<std::jthread> greedy;
  for (int i = 0; i < 2; ++i)
    greedy.emplace_back([&] {
      while (!over) {
        s.acquire();
        s.release();
      }
    });
  for (int i = 0; i < 20; ++i) {
    std::jthread waiter([&] {
      s.acquire();
      s.release();
    });
  }
  over = true;
}

TYPED_TEST(semaphore_suite, a_deadline_ends_a_wait_and_leaves_no_trace) {
  typename TestFixture::counting s(0);
  EXPECT_FALSE(s.try_acquire_for(2ms));
  EXPECT_FALSE(s.try_acquire_until(std::chrono::system_clock::now() + 2ms));
  EXPECT_EQ(queued_on<TypeParam>(&s), 0U);
  s.release();
  EXPECT_EQ(s.available(), 1);
  EXPECT_TRUE(s.try_acquire());
}

TYPED_TEST(semaphore_suite, the_largest_deadlines_wait_for_a_permit) {
  typename TestFixture::counting s(0);
  std::vector<std::jthread> waiters;
  waiters.emplace_back([&] { EXPECT_TRUE(s.try_acquire_for(std::chrono::hours::max())); });
  waiters.emplace_back(
      [&] { EXPECT_TRUE(s.try_acquire_until(std::chrono::steady_clock::time_point::max())); });
  waiters.emplace_back([&] { EXPECT_TRUE(s.try_acquire_until(deadline::never())); });
  await_queued(s, 3);
  s.release(3);
}

TYPED_TEST(semaphore_suite, a_stop_ends_a_wait_and_leaves_no_trace) {
  typename TestFixture::counting s(0);
  bool acquired = true;
  std::jthread waiter([&](const std::stop_token& stop) { acquired = s.acquire(stop); });
  await_queued(s, 1);
  waiter.request_stop();
  waiter.join();
  EXPECT_FALSE(acquired);
  EXPECT_EQ(queued_on<TypeParam>(&s), 0U);
  s.release();
  EXPECT_TRUE(s.try_acquire());
}

TYPED_TEST(semaphore_suite, permits_stay_as_many_when_releases_race_with_deadlines_and_stops) {
  typename TestFixture::counting s(0);
  std::atomic<std::int64_t> acquired{0};
  std::atomic<bool> over{false};
  const std::size_t rounds = scaled(4'000);
  std::vector<std::jthread> waiters;
  for (unsigned i = 0; i < 4; ++i)
    waiters.emplace_back([&, i] {
      test::random_numbers random(i);
      while (!over) {
        const std::chrono::nanoseconds brief(random.below(20'000));
        bool got = false;
        if (i % 2 == 0) {
          got = s.try_acquire_for(brief);
        } else {
          std::stop_source source;
          std::jthread stopper([&, brief] {
            static_cast<void>(typename TestFixture::counting(0).try_acquire_for(brief));
            source.request_stop();
          });
          got = s.acquire(source.get_token());
        }
        if (got) ++acquired;
      }
    });
  for (std::size_t i = 0; i < rounds; ++i) {
    s.release(1 + static_cast<std::int64_t>(i % 2));
    if (i % 4 != 0) await([&] { return s.available() == 0; });  // so they wait, most of the time
  }
  await([&] { return s.available() == 0; });
  over = true;
  waiters.clear();
  EXPECT_EQ(acquired, static_cast<std::int64_t>(rounds + rounds / 2));
  EXPECT_EQ(queued_on<TypeParam>(&s), 0U);
}

TYPED_TEST(semaphore_suite, may_be_destroyed_as_soon_as_the_last_permit_is_acquired) {
  using semaphore_type = typename TestFixture::counting;
  struct alignas(semaphore_type) memory {
    std::array<unsigned char, sizeof(semaphore_type)> bytes;
  };
  for (std::size_t round = 0; round < scaled(3'000); ++round) {
    const auto place = std::make_unique<memory>();
    auto* const s = new (place->bytes.data()) semaphore_type(0);
    std::thread releaser([s, round] {
      if (round % 2 == 0) await([s] { return queued_on<TypeParam>(s) == 1; });
      s->release();
    });
    s->acquire();
    s->~basic_semaphore();
    place->bytes.fill(0xA5);
    releaser.join();
    for (const unsigned char byte : place->bytes) ASSERT_EQ(byte, 0xA5);
  }
}

TYPED_TEST(semaphore_suite, sixty_four_threads_share_three_permits) {
  typename TestFixture::counting s(3);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  const std::size_t rounds = scaled(400);
  run_threads(64, [&] {
    for (std::size_t i = 0; i < rounds; ++i) {
      const auto p = s.acquire_permit();
      const int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      --inside;
    }
  });
  EXPECT_LE(most, 3);
  EXPECT_EQ(s.available(), 3);
}

TYPED_TEST(semaphore_suite, hands_what_was_written_before_the_release_to_the_acquirer) {
  typename TestFixture::binary full(0);
  typename TestFixture::binary empty(1);
  long slot = 0;
  const auto rounds = static_cast<long>(scaled(20'000));
  std::thread producer([&] {
    for (long i = 1; i <= rounds; ++i) {
      empty.acquire();
      slot = i;
      full.release();
    }
  });
  for (long i = 1; i <= rounds; ++i) {
    full.acquire();
    ASSERT_EQ(slot, i);
    empty.release();
  }
  producer.join();
}

TEST(semaphore, waits_with_a_deadline_and_a_stop_end_by_either) {
  semaphore s(0);
  std::stop_source source;
  EXPECT_FALSE(s.try_acquire_until(deadline::in(1ms), source.get_token()));
  std::thread waiter(
      [&] { EXPECT_FALSE(s.try_acquire_until(deadline::never(), source.get_token())); });
  await_queued(s, 1);
  source.request_stop();
  waiter.join();
}

}  // namespace
}  // namespace holdfast
