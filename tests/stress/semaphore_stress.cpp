// SPDX-License-Identifier: BSL-1.0
// The permit test: some permits in circulation and more threads than permits, so that one wake-up
// that is lost stops everything. HOLDFAST_TEST_SCALE=20 makes it ten million permits.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/semaphore.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace holdfast {
namespace {

using test::random_numbers;
using test::run_threads;
using test::scaled;

constexpr std::size_t permits_at_scale_1 = 500'000;

template <class Semaphore>
class permit_test : public ::testing::Test {};

using semaphores =
    ::testing::Types<semaphore, binary_semaphore, basic_semaphore<platform::portable>,
                     basic_semaphore<platform::portable, 1>>;
struct names {
  template <class Semaphore>
  static std::string GetName(int index) {
    return std::string(index < 2 ? "native" : "portable") +
           (Semaphore::max() == 1 ? "_binary" : "_counting");
  }
};
TYPED_TEST_SUITE(permit_test, semaphores, names);

// Everybody takes the one permit and gives it back.
TYPED_TEST(permit_test, one_permit_goes_round_among_all_who_want_it) {
  TypeParam s(1);
  std::uint64_t passed = 0;
  const std::uint64_t enough = scaled(permits_at_scale_1);
  run_threads(6, [&] {
    for (bool more = true; more;) {
      s.acquire();
      more = ++passed < enough;
      s.release();
    }
  });
  EXPECT_GE(passed, enough);
  EXPECT_EQ(s.available(), 1);
}

// Each thread waits on a semaphore of its own for the one before it: every hand-over meets a thread
// that spins, is about to sleep, or sleeps.
TYPED_TEST(permit_test, one_permit_goes_round_in_a_ring) {
  struct alignas(128) station {
    TypeParam turn{0};
  };
  std::array<station, 3> ring;
  const std::size_t rounds = scaled(permits_at_scale_1 / 10) / ring.size();
  ring[0].turn.release();
  run_threads(static_cast<unsigned>(ring.size()), [&](unsigned i) {
    for (std::size_t k = 0; k < rounds; ++k) {
      ring[i].turn.acquire();
      ring[(i + 1) % ring.size()].turn.release();
    }
  });
  EXPECT_EQ(ring[0].turn.available(), 1);
}

// Waiters that give up by deadline or stop may be just those that a release has chosen.
TYPED_TEST(permit_test, one_permit_survives_those_who_give_up) {
  TypeParam s(1);
  std::atomic<std::uint64_t> gave_up{0};
  std::atomic<std::uint64_t> passed{0};
  const std::uint64_t enough = scaled(permits_at_scale_1 / 5);
  run_threads(6, [&](unsigned i) {
    random_numbers random(i);
    for (;;) {
      bool got = true;
      if (i < 2) {
        s.acquire();
      } else if (i < 4) {
        got = s.try_acquire_for(std::chrono::nanoseconds(random.below(30'000)));
      } else {
        std::stop_source mine;
        std::jthread stopper([&] {
          for (std::uint64_t k = random.below(300); k > 0; --k) platform::pause();
          mine.request_stop();
        });
        got = s.acquire(mine.get_token());
      }
      if (!got) {
        ++gave_up;
        if (passed >= enough) return;
        continue;
      }
      const bool last = ++passed >= enough;
      if (random.below(4) == 0) std::this_thread::yield();  // so that others wait
      s.release();
      if (last) return;
    }
  });
  EXPECT_EQ(s.available(), 1);
  std::printf("gave up %llu times\n", static_cast<unsigned long long>(gave_up.load()));
}

// Many permits at once, to consumers that come and go; all of them arrive.
TYPED_TEST(permit_test, all_permits_of_producers_reach_consumers) {
  if (TypeParam::max() == 1) GTEST_SKIP() << "a binary semaphore has one permit";
  TypeParam s(0);
  const std::size_t each = scaled(permits_at_scale_1 / 4);
  run_threads(4, [&](unsigned i) {
    if (i < 2) {
      random_numbers random(i);
      for (std::size_t left = each; left > 0;) {
        const std::size_t some = std::min<std::size_t>(left, 1 + random.below(4));
        s.release(static_cast<std::int64_t>(some));
        left -= some;
      }
    } else {
      for (std::size_t k = 0; k < each; ++k) s.acquire();
    }
  });
  EXPECT_EQ(s.available(), 0);
}

}  // namespace
}  // namespace holdfast
