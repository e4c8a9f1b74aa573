// SPDX-License-Identifier: BSL-1.0
// The state of a lock that parks: one byte says whether it is held, the one beside it whether
// somebody may be queued.
#pragma once

#include <cstdint>

#include "holdfast/platform/atomic.hpp"

namespace holdfast::platform {

// Two bytes and not two bits of one, because of the restartable release (restartable.hpp): it looks
// at `parked` and stores to `held`. A load from the very byte that the locking instruction has just
// written stalls some CPUs until that write is through (measured: 6 ns of 20 on Sapphire Rapids), a
// load from its neighbour does not; and a store to `held` alone cannot wipe out a `parked` that was
// set meanwhile.
class alignas(2) lock_bytes {
 public:
  constexpr lock_bytes() noexcept = default;

  // Takes the lock if it is not held.
  bool take() noexcept {
    std::uint8_t expected = 0;
    return held_.compare_exchange(expected, 1,
                                  order::acquire,  // [L1] receives the last owner's writes
                                  order::relaxed);
  }

  bool is_held() const noexcept { return held_.load(order::relaxed) != 0; }
  bool is_parked() const noexcept { return parked_.load(order::relaxed) != 0; }

  // "If nobody is parked, release", against mark_parked in one step. False: somebody may be queued,
  // nothing changed.
  bool release_alone() noexcept {
    pair expected = held_alone();
    return __atomic_compare_exchange_n(both(), &expected, pair{0}, false,
                                       static_cast<int>(order::release),  // [L1]
                                       static_cast<int>(order::relaxed));
  }

  // Sets `parked`; true if the lock was held in that moment. Only under the bucket lock.
  bool mark_parked() noexcept {
    return (__atomic_fetch_or(both(), parked_alone(), static_cast<int>(order::relaxed)) &
            held_alone()) != 0;
  }

  // Only by the owner and under the bucket lock, so nobody else changes `parked` now.
  void release(bool leave_parked) noexcept {
    parked_.store(leave_parked ? 1 : 0, order::relaxed);
    held_.store(0, order::release);  // [L1] hands our writes to the next owner
    // After this line *this may be gone.
  }

  // For the restartable release.
  std::uint8_t* address() noexcept { return held_.address(); }

 private:
  using pair [[gnu::may_alias]] = std::uint16_t;
  static constexpr bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

  static constexpr pair held_alone() noexcept { return little ? 0x0001 : 0x0100; }
  static constexpr pair parked_alone() noexcept { return little ? 0x0100 : 0x0001; }
  pair* both() noexcept { return reinterpret_cast<pair*>(this); }

  atomic<std::uint8_t> held_;
  atomic<std::uint8_t> parked_;
};

static_assert(sizeof(lock_bytes) == 2);

}  // namespace holdfast::platform
