// SPDX-License-Identifier: BSL-1.0
// A platform whose kernel refuses the restart fence, and on which a test may stop a release between
// its look and its store, as a thread in a restartable sequence may be.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/parked.hpp"

namespace holdfast::test {

struct refusing : platform::portable {
  using unchecked = platform::portable;
  static constexpr bool has_restartable = true;

  static inline std::atomic<int> stops_in_release{0};  // the next that sees nobody
  static inline std::atomic<bool> in_release{false};
  static inline std::atomic<bool> may_store{false};
  static inline std::atomic<bool> refused{false};

  static bool release_alone(lock_bytes& bytes) noexcept {
    if (bytes.address()[1] != 0 || stops_in_release.exchange(0) == 0) return bytes.release_alone();
    in_release.store(true);
    await(may_store);
    __atomic_store_n(bytes.address(), std::uint8_t{0}, __ATOMIC_RELEASE);
    return true;
  }
  static bool restartable_in_use() noexcept { return true; }
  static bool restart_fence() noexcept {
    refused.store(true);
    return false;
  }
  static bool restart_fence_refused() noexcept { return refused.load(); }

  // Before each test.
  static void start(bool refused_before) {
    stops_in_release.store(0);
    in_release.store(false);
    may_store.store(false);
    refused.store(refused_before);
  }

  // A thread that unlocks `lock` and is stopped in its release until may_store.
  template <class Lock>
  static std::thread stopped_unlock(Lock& lock) {
    stops_in_release.store(1);
    std::thread owner([&lock]() HOLDFAST_UNANALYSED { lock.unlock(); });
    await(in_release);
    return owner;
  }
};

}  // namespace holdfast::test
