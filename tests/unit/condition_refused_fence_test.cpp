// SPDX-License-Identifier: BSL-1.0
// notify_all when the kernel refuses the restart fence: nobody may be moved to the queue of a lock
// whose owner may not look there.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/platform/portable.hpp"

#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "support/unanalysed.hpp"
#include "support/waiting.hpp"

namespace holdfast {
namespace {

// Its release stops between its look and its store, as a thread in a restartable sequence may.
struct refusing : platform::portable {
  using unchecked = platform::portable;
  static constexpr bool has_restartable = true;

  static inline std::atomic<bool> stops_in_release{false};
  static inline std::atomic<bool> in_release{false};
  static inline std::atomic<bool> may_store{false};
  static inline std::atomic<bool> refused{false};

  static bool release_alone(lock_bytes& bytes) noexcept {
    if (bytes.address()[1] != 0) return bytes.release_alone();
    if (stops_in_release.exchange(false)) {
      in_release.store(true);
      test::await(may_store);
    }
    __atomic_store_n(bytes.address(), std::uint8_t{0}, __ATOMIC_RELEASE);
    return true;
  }
  static bool restartable_in_use() noexcept { return true; }
  static bool restart_fence() noexcept {
    refused.store(true);
    return false;
  }
  static bool restart_fence_refused() noexcept { return refused.load(); }
};

TEST(condition_without_a_fence, does_not_move_waiters_to_a_lock_whose_owner_does_not_look) {
  for (const bool another_gave_up : {false, true}) {
    refusing::refused.store(false);
    refusing::in_release.store(false);
    refusing::may_store.store(false);
    basic_parking_lock<refusing> lock;
    basic_condition<refusing> c;
    std::thread waiter([&] {
      lock.lock();
      c.wait(lock);
      lock.unlock();
    });
    test::await_waiting(c, 1);
    lock.lock();
    // What its wait has left behind would make the next release look: nobody is there any more.
    lock.unlock();
    lock.lock();
    refusing::stops_in_release.store(true);
    std::thread owner([&] { lock.unlock(); });
    test::await(refusing::in_release);
    // One that was refused gives up, and leaves a mark that the owner has not seen.
    if (another_gave_up) {
      EXPECT_FALSE(lock.try_lock_until(deadline::after(2'000'000)));
      EXPECT_TRUE(refusing::refused.load());
    }
    EXPECT_EQ(c.notify_all(), 1U);
    refusing::may_store.store(true);
    owner.join();
    waiter.join();  // for ever, if it was moved
  }
}

}  // namespace
}  // namespace holdfast
