// SPDX-License-Identifier: BSL-1.0
// When those who wait for a lock had better take turns: one runs alone for a while, the others
// sleep (docs/design/turns.md).
#pragma once

#include <algorithm>
#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/crowd_memory.hpp"
#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// What the calling thread knows of one lock. A lock is crowded for it if two threads that take turns
// section by section get less done together than one of them alone: because passing the lock on
// costs more than what could be done outside it meanwhile.
template <class Platform>
class crowding {
 public:
  explicit crowding(const void* lock) noexcept
      : lock_(lock), memory_(Platform::my_crowd_memory(lock)) {}

  // The thread has come and found the lock held. True if the lock is crowded.
  bool found_held() noexcept {
    if (Platform::cpu_count() == 1) return false;
    const std::int64_t now = Platform::monotonic_now();
    if (memory_.lock != lock_)
      memory_ = {.lock = lock_, .transfer = std::max(memory_.transfer, tuning::first_transfer_ns)};
    const std::int64_t away = now - memory_.since;
    const bool speaks_for_it =
        memory_.gave ? away < tuning::away_ns
                     // Alone it would have made its round without the wait and without fetching the
                     // lines that the other had taken.
                     : away < std::min(memory_.waited, tuning::away_ns) +
                                  tuning::transfers_a_round * memory_.transfer;
    const std::int32_t weight = memory_.gave ? 2 : 1;
    memory_.evidence = std::clamp(memory_.evidence + (speaks_for_it ? weight : -weight), 0,
                                  tuning::evidence_at_most);
    pass(now);
    return memory_.evidence >= tuning::evidence_of_a_crowd;
  }

  // Tries to take the lock, and now and then takes the time of it.
  template <class Take>
  bool try_to_take(Take take) noexcept {
    if (++memory_.tries % tuning::takes_a_sample != 0) return take();
    const std::int64_t before = Platform::monotonic_now();
    const bool taken = take();
    const std::int64_t took = Platform::monotonic_now() - before;
    // A preemption is no transfer.
    if (took < tuning::away_ns) memory_.transfer += (took - memory_.transfer) / 8;
    return taken;
  }

  // The thread has got the lock after a wait.
  void got() noexcept {
    if (memory_.lock != lock_) return;
    const std::int64_t now = Platform::monotonic_now();
    memory_.waited = now - memory_.since;
    pass(now);
  }

  // The thread has released the lock by the slow way.
  void gave() noexcept {
    if (memory_.lock != lock_) return;
    pass(Platform::monotonic_now());
    memory_.gave = true;
  }

  // At its turn the thread looks for a moment whether the lock is in use. That it is not speaks
  // against a crowd.
  template <class IsHeld>
  bool finds_it_free(IsHeld is_held) noexcept {
    for (unsigned i = 0; i < tuning::looks_at_turn; ++i) {
      if (is_held()) return false;
      Platform::pause();
    }
    if (memory_.lock == lock_)
      memory_.evidence = std::max(0, memory_.evidence - tuning::evidence_of_a_free_lock);
    return true;
  }

  // Whether a waiter may stay awake for its owner to see it.
  static bool may_ask() noexcept { return Platform::cpu_count() > 1; }

  struct turn {
    deadline until;
    std::uintptr_t at;
  };
  // The turn after the one at `newest`, or the first one if that is 0.
  static turn turn_after(std::uintptr_t newest) noexcept {
    const std::int64_t now = Platform::monotonic_now();
    const std::int64_t from = std::max(now, static_cast<std::int64_t>(newest));
    const std::int64_t at =
        from + std::max(tuning::longest_turn_ns - (from - now) / tuning::turns_ahead_per_ns,
                        tuning::shortest_turn_ns);
    return {deadline::after(at - now), static_cast<std::uintptr_t>(at)};
  }

 private:
  void pass(std::int64_t now) noexcept {
    memory_.since = now;
    memory_.gave = false;
  }

  const void* lock_;
  platform::crowd_memory& memory_;
};

}  // namespace holdfast::detail
