// SPDX-License-Identifier: BSL-1.0
// The restartable unlock with its window held open: with its fence no waiter is ever lost, and
// without it, or with one that does not restart, this very test finds lost waiters.
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/unanalysed.hpp"

#if HOLDFAST_HAS_RESTARTABLE && __has_include(<sys/rseq.h>)

#include <sched.h>
#include <sys/rseq.h>

#include "lock/parking_lock_algorithm.hpp"
#include "platform/membarrier.hpp"
#include "platform/restart_sequence.hpp"

namespace holdfast {
namespace {

// Between the look and the store of a release lie that many pauses, some tens of microseconds.
std::atomic<unsigned> pauses{1'000};
// An owner is about to look.
std::atomic<bool> releasing{false};

// The platform of Linux but for the release, and for the spinning before a waiter parks, which
// would have it come too late. Its waiters use the lot of Linux.
struct wide_window : platform::linux_kernel {
  static bool release_alone(lock_bytes& bytes) noexcept {
    releasing.store(true);
    if (platform::release_in_wide_sequence(bytes.address(), __rseq_offset, pauses.load()))
      return true;
    return bytes.release_alone();
  }
  static void pause() noexcept {}
  static void yield() noexcept {}
};

struct real_fence : wide_window {};

struct no_fence : wide_window {
  static bool restart_fence() noexcept { return true; }
};

// Orders memory on all CPUs, but lets a thread that stands in a sequence go on with it.
struct fence_that_does_not_restart : wide_window {
  static bool restart_fence() noexcept {
    return platform::membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
  }
};

class restartable : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::under_sanitizer) GTEST_SKIP() << "a sanitizer moves the moments that matter";
    if (!platform::restartable_in_use())
      GTEST_SKIP() << "the C library or the kernel has no restartable sequences";
    if (platform::cpu_count() < 2) GTEST_SKIP() << "needs two CPUs";
    ASSERT_EQ(platform::membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED), 0);
    ASSERT_FALSE(platform::restart_fence_refused());
  }
};

// Runs the calling thread on the `index`th CPU of the process alone: the owner and the waiter have
// to run at the same time.
void run_on_cpu(unsigned index) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || index-- != 0) continue;
    cpu_set_t mine;
    CPU_ZERO(&mine);
    CPU_SET(cpu, &mine);
    ::sched_setaffinity(0, sizeof mine, &mine);
    return;
  }
}

// One owner, one waiter, and the unlock of the owner while the waiter queues. Returns in how many
// of at most `rounds` the waiter was lost, and stops after `enough`.
//
// The criterion needs no time: the owner's unlock has returned and nobody else will ever unlock, so
// whoever is queued now sleeps for good. The test then saves it by one more unlock.
template <class Platform>
std::size_t lost_waiters(std::size_t rounds, std::size_t enough) {
  using lock_type = basic_parking_lock<Platform>;
  std::atomic<lock_type*> current{nullptr};
  std::atomic<bool> over{false};
  std::atomic<bool> served{false};
  std::atomic<bool> ready{false};
  std::thread waits([&] {
    run_on_cpu(1);
    for (;;) {
      test::await([&] { return current.load() != nullptr || over.load(); });
      lock_type* const lock = current.exchange(nullptr);
      if (lock == nullptr) return;
      ready.store(true);
      for (unsigned i = 0; i < 100'000 && !releasing.load(); ++i) {
      }
      lock->lock();
      lock->unlock();
      served.store(true);
    }
  });
  std::size_t lost = 0;
  std::thread owns([&] {
    run_on_cpu(0);
    test::random_numbers random(1);
    for (std::size_t i = 0; i < rounds && lost < enough; ++i) {
      pauses.store(static_cast<unsigned>(500 + random.below(4'000)));
      const auto lock = std::make_unique<lock_type>();  // a fresh one is not wary
      served.store(false);
      ready.store(false);
      lock->lock();
      releasing.store(false);
      current.store(lock.get());
      test::await(ready);
      lock->unlock();
      test::await([&] { return served.load() || test::queued_for(*lock) != 0; });
      if (!served.load()) {
        ++lost;
        EXPECT_TRUE(lock->try_lock()) << "queued for a lock that is not free";
        lock->unlock();
        test::await(served);
      }
    }
    over.store(true);
  });
  owns.join();
  waits.join();
  return lost;
}

constexpr std::size_t rounds_at_most = 50'000;  // of a control; on an idle machine it takes tens

TEST_F(restartable, with_its_fence_no_waiter_is_lost) {
  EXPECT_EQ(lost_waiters<real_fence>(test::scaled(40'000), 1), 0U);
}

TEST_F(restartable, control_without_a_fence_waiters_are_lost) {
  EXPECT_GE(lost_waiters<no_fence>(rounds_at_most, 3), 3U);
}

TEST_F(restartable, control_with_a_fence_that_does_not_restart_waiters_are_lost) {
  EXPECT_GE(lost_waiters<fence_that_does_not_restart>(rounds_at_most, 3), 3U);
}

// Many threads on locks of many ages, wary ones and others, with all that may happen to a waiter.
TEST_F(restartable, with_its_fence_a_contended_counter_is_exact) {
  using lock_type = basic_parking_lock<real_fence>;
  constexpr unsigned threads = 4;
  const std::size_t rounds = test::scaled(1'000);
  const std::size_t turns = 200;
  pauses.store(50);
  std::size_t counter = 0;
  std::atomic<std::size_t> taken{0};
  for (std::size_t round = 0; round < rounds; ++round) {
    lock_type lock;
    test::run_threads(threads, [&](unsigned index) {
      test::random_numbers random(round * threads + index);
      std::size_t mine = 0;
      for (std::size_t i = 0; i < turns; ++i) {
        if (random.below(8) == 0) {
          if (!lock.try_lock_until(
                  deadline::after(static_cast<std::int64_t>(random.below(50'000)))))
            continue;
        } else {
          lock.lock();
        }
        ++counter;
        ++mine;
        if (random.below(16) == 0) std::this_thread::yield();
        lock.unlock();
      }
      taken.fetch_add(mine);
    });
    ASSERT_EQ(test::queued_for(lock), 0U);
  }
  EXPECT_EQ(counter, taken.load());
}

}  // namespace
}  // namespace holdfast

#else

TEST(restartable, needs_a_platform_that_has_it) {
  GTEST_SKIP() << "no restartable sequences on this platform, or none of the C library's headers";
}

#endif
