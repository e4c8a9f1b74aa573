// SPDX-License-Identifier: BSL-1.0
// The mutex of a user-level thread package as textbooks print it. To learn from; fiber_lock is to use.
#pragma once

#include <utility>

#include "holdfast/fiber/this_fiber.hpp"

namespace holdfast::fiber::classic {

// 0: unlocked. All other values: locked.
using mutex_word = unsigned int;

// Lets another fiber of this thread run: a call of the scheduler, not of the kernel.
inline void thread_yield() noexcept { fiber::yield(); }

// The book needs an instruction here that reads and sets the word in one step (TSL, XCHG), for
// threads that a clock may stop anywhere. Fibers of one thread stop only where they yield or wait,
// so nothing comes between the two halves of a plain exchange. Between threads it is no lock.
//
// If the word was set, enter_region of Peterson's solution would test again and again, until the
// clock takes the CPU away. No clock does that to a fiber: it would test for ever, as the owner never
// runs. So it gives the CPU to the others and tests when its turn has come again.
inline void mutex_lock(mutex_word& mutex) noexcept {
  while (std::exchange(mutex, 1) != 0) thread_yield();
}

// True if it has got the lock; never waits.
[[nodiscard]] inline bool mutex_trylock(mutex_word& mutex) noexcept {
  return std::exchange(mutex, 1) == 0;
}

inline void mutex_unlock(mutex_word& mutex) noexcept { mutex = 0; }

}  // namespace holdfast::fiber::classic
