// SPDX-License-Identifier: BSL-1.0
// The semaphore: counting, waiting with ends, errors, permits, and what happens when a release meets
// a waiter that is about to sleep or to leave.
#include "holdfast/semaphore.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

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

static_assert(sizeof(semaphore) == 8);
static_assert(std::is_trivially_destructible_v<semaphore>);
static_assert(!std::is_copy_constructible_v<semaphore> && !std::is_move_constructible_v<semaphore>);
static_assert(!std::is_convertible_v<int, semaphore>);
static_assert(semaphore::max() == 0x7fff'ffff && binary_semaphore::max() == 1);
static_assert(!std::is_copy_constructible_v<permit<>>);
static_assert(std::is_nothrow_move_constructible_v<permit<>>);
static_assert(std::is_nothrow_move_assignable_v<permit<>>);

constinit semaphore of_static_storage{3};

template <class Platform>
std::size_t queued_on(const void* key) {
  return detail::basic_parking_lot<typename Platform::unchecked>::instance().waiters_of(key);
}

template <class Platform, std::int64_t Max>
void await_queued(const basic_semaphore<Platform, Max>& on, std::size_t count) {
  await([&] { return queued_on<Platform>(&on) == count; });
}

template <class Action>
std::error_code error_of(Action action) {
  try {
    action();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::strstr(error.what(), "semaphore"), nullptr) << error.what();
    return error.code();
  }
  return {};
}

template <class Platform>
class semaphore_suite : public ::testing::Test {
 public:
  using counting = basic_semaphore<Platform>;
  using binary = basic_semaphore<Platform, 1>;
};
TYPED_TEST_SUITE(semaphore_suite, detail::platforms, detail::names_of_platforms);

TEST(semaphore, can_be_a_constant_initialised_global) {
  of_static_storage.acquire();
  EXPECT_EQ(of_static_storage.available(), 2);
  of_static_storage.release();
}

TEST(semaphore, try_acquire_takes_what_is_there_and_fails_only_without_permits) {
  semaphore s(2);
  EXPECT_TRUE(s.try_acquire());
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
  s.release();
  EXPECT_TRUE(s.try_acquire());
  EXPECT_EQ(s.available(), 0);
}

TEST(semaphore, a_release_before_the_acquire_is_not_lost) {
  semaphore s(0);
  s.release();
  s.release(2);
  for (int i = 0; i < 3; ++i) s.acquire();
  EXPECT_FALSE(s.try_acquire());
}

TEST(semaphore, counts_right_whatever_the_order_of_acquires_and_releases) {
  // The guess of the next count is right, wrong, and right again.
  semaphore s(1);
  std::int64_t expected = 1;
  test::random_numbers random(0);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t many = random.below(4);
    if (random.below(2) == 0) {
      if (expected + static_cast<std::int64_t>(many) < 6) {
        s.release(static_cast<std::int64_t>(many));
        expected += static_cast<std::int64_t>(many);
      }
    } else {
      for (std::uint64_t k = 0; k < many; ++k) {
        ASSERT_EQ(s.try_acquire(), expected > 0);
        if (expected > 0) --expected;
      }
    }
    ASSERT_EQ(s.available(), expected);
  }
}

TEST(semaphore, releasing_none_does_nothing_and_less_than_none_is_an_error) {
  semaphore s(1);
  s.release(0);
  EXPECT_EQ(s.available(), 1);
  EXPECT_EQ(error_of([&] { s.release(-1); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([&] { s.release(std::numeric_limits<std::int64_t>::min()); }),
            std::errc::invalid_argument);
  EXPECT_EQ(s.available(), 1);
}

TEST(semaphore, a_release_beyond_the_limit_is_an_error_and_changes_nothing) {
  semaphore full(semaphore::max());
  EXPECT_EQ(error_of([&] { full.release(); }), std::errc::value_too_large);
  EXPECT_EQ(full.available(), semaphore::max());
  full.acquire();
  EXPECT_EQ(error_of([&] { full.release(2); }), std::errc::value_too_large);
  full.release();
  EXPECT_EQ(full.available(), semaphore::max());

  semaphore empty(0);
  EXPECT_EQ(error_of([&] { empty.release(semaphore::max() + 1); }), std::errc::value_too_large);
  empty.release(semaphore::max());
  EXPECT_EQ(empty.available(), semaphore::max());

  basic_semaphore<platform::native, 5> small(3);
  EXPECT_EQ(error_of([&] { small.release(3); }), std::errc::value_too_large);
  small.release(2);
  EXPECT_EQ(small.available(), 5);
}

TEST(semaphore, a_second_release_of_a_binary_one_is_an_error_and_lets_in_no_second_thread) {
  binary_semaphore s(0);
  s.release();
  EXPECT_EQ(error_of([&] { s.release(); }), std::errc::value_too_large);
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
}

TEST(semaphore, an_initial_count_beyond_its_limits_is_an_error) {
  EXPECT_EQ(error_of([] { const semaphore s(-1); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([] { const semaphore s(semaphore::max() + 1); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([] { const binary_semaphore s(2); }), std::errc::invalid_argument);
}

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
  EXPECT_EQ(error_of([&] { s.release(2); }), std::errc::value_too_large);
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

TEST(semaphore, deadlines_of_zero_and_of_the_past_try_once) {
  semaphore s(1);
  const auto past = std::chrono::steady_clock::now() - 1h;
  EXPECT_TRUE(s.try_acquire_for(0s));
  EXPECT_FALSE(s.try_acquire_for(0s));
  EXPECT_FALSE(s.try_acquire_for(-1s));
  EXPECT_FALSE(s.try_acquire_until(past));
  EXPECT_FALSE(s.try_acquire_until(std::chrono::system_clock::time_point::min()));
  EXPECT_FALSE(s.try_acquire_until(deadline::already_past()));
  s.release();
  EXPECT_TRUE(s.try_acquire_until(past));
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

TEST(semaphore, a_stop_requested_before_takes_nothing) {
  semaphore s(1);
  std::stop_source source;
  EXPECT_TRUE(s.acquire(source.get_token()));
  s.release();
  source.request_stop();
  EXPECT_FALSE(s.acquire(source.get_token()));
  EXPECT_FALSE(s.try_acquire_until(deadline::never(), source.get_token()));
  EXPECT_EQ(s.available(), 1);
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

// Whatever ends first, no permit is lost and none is made.
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

// Whoever acquired the permit of the last release may destroy the semaphore at once: the release,
// whether it met a waiter or not, does not write to it any more.
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

TEST(semaphore, works_in_destructors_of_thread_local_objects) {
  static semaphore s(1);
  struct at_thread_exit {
    ~at_thread_exit() {
      s.acquire();
      s.release();
    }
  };
  run_threads(4, [] { static thread_local at_thread_exit last; });
  EXPECT_EQ(s.available(), 1);
}

TEST(permit, is_released_at_the_end_of_its_scope) {
  semaphore s(1);
  {
    const auto p = s.acquire_permit();
    EXPECT_TRUE(p);
    EXPECT_EQ(s.available(), 0);
    EXPECT_FALSE(s.try_acquire_permit());
  }
  EXPECT_EQ(s.available(), 1);
  try {
    const auto p = s.try_acquire_permit();
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(s.available(), 1);
}

TEST(permit, moves_and_is_released_once) {
  semaphore s(2);
  auto a = s.acquire_permit();
  auto b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(b);
  EXPECT_EQ(s.available(), 1);
  a = s.acquire_permit();
  EXPECT_EQ(s.available(), 0);
  a = std::move(b);  // gives back what it had
  EXPECT_EQ(s.available(), 1);
  auto& same = a;
  a = std::move(same);
  EXPECT_TRUE(a);
  a.release();
  a.release();
  EXPECT_FALSE(a);
  EXPECT_EQ(s.available(), 2);
}

TEST(permit, can_be_given_away_and_taken_over) {
  semaphore s(1);
  s.acquire_permit().forget();
  EXPECT_EQ(s.available(), 0);
  {
    const permit<> taken_over(s);
  }
  EXPECT_EQ(s.available(), 1);

  auto p = s.acquire_permit();
  std::thread([moved = std::move(p)]() mutable { moved.release(); }).join();
  EXPECT_EQ(s.available(), 1);
}

TEST(permit, comes_from_every_kind_of_wait) {
  semaphore s(1);
  std::stop_source source;
  EXPECT_TRUE(s.try_acquire_permit_for(1ms));
  EXPECT_TRUE(s.try_acquire_permit_until(std::chrono::steady_clock::now()));
  EXPECT_TRUE(s.try_acquire_permit_until(deadline::already_past()));
  EXPECT_TRUE(s.acquire_permit(source.get_token()));
  EXPECT_TRUE(s.try_acquire_permit_until(deadline::never(), source.get_token()));
  source.request_stop();
  EXPECT_FALSE(s.acquire_permit(source.get_token()));
  const auto p = s.acquire_permit();
  EXPECT_FALSE(s.try_acquire_permit_for(1ms));
}

}  // namespace
}  // namespace holdfast
