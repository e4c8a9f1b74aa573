// SPDX-License-Identifier: BSL-1.0
// The lock in shared memory that the kernel releases when its owner dies; what the primitives between
// processes are made of.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/process/wait_limits.hpp"

namespace holdfast::process::detail {

enum class lock_end : std::uint8_t {
  locked,
  locked_after_death,  // the last owner died with it: what it protects may be half changed
  gave_up,
};

class wait_set;

// A mutex of the C library, robust and shared between processes. Belongs to the thread that locked
// it. It is made once, before others see it, and never destroyed: whoever has the memory mapped may
// still be about to touch it.
//
// The kernel releases it when the owner's thread ends in whatever way, also by exec, and wakes a
// waiter. Who waits sleeps in slices all the same: if a woken waiter is killed while a newcomer has
// the lock, the C library forgets those who still sleep (docs/decisions/0017).
class HOLDFAST_EXPORT robust_lock {
 public:
  robust_lock();
  robust_lock(const robust_lock&) = delete;
  robust_lock& operator=(const robust_lock&) = delete;
  ~robust_lock() = default;

  // The death of the last owner is told once.
  lock_end try_lock() noexcept;
  lock_end lock(const wait_limits& limits) noexcept;

  // False, and nothing has happened, if the calling thread is not the owner: the child of a fork has
  // the guards of its parent and not its locks.
  bool unlock() noexcept;

  // Adds to what `sleeper` watches: it is woken when the owner unlocks or dies. False if there is no
  // owner who is alive, or no way to watch.
  bool watch(wait_set& sleeper) noexcept;

 private:
  static constexpr std::size_t size = 48;  // 40 on x86-64, 48 on others
  alignas(8) std::byte bytes_[size] = {};
};

// Throws error (too_many_held) if the calling thread could not hold so many more: the kernel releases
// no more than 2048 locks of a thread that dies.
HOLDFAST_EXPORT void refuse_to_hold_too_many(unsigned more);

// Throws error (in_fiber) if the caller is a fiber: such a lock belongs to a thread of the system.
HOLDFAST_EXPORT void refuse_in_fiber(const char* what);

}  // namespace holdfast::process::detail
