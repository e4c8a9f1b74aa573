// SPDX-License-Identifier: BSL-1.0
// When those who wait for a lock had better take turns: one runs alone for a while, the others
// sleep (docs/design/turns.md).
#pragma once

#include <algorithm>
#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/crowd_memory.hpp"
#include "holdfast/wait/spin_wait.hpp"
#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// What the calling thread knows of one lock. A lock is crowded for it if two threads that take turns
// section by section get less done together than one of them alone: because passing the lock on
// costs more than what could be done outside it meanwhile. A fiber knows nothing and never finds a
// lock crowded: it leaves its CPU to others anyhow.
template <class Platform>
class crowding {
 public:
  explicit crowding(const void* lock) noexcept
      : lock_(lock), memory_(Platform::my_crowd_memory(lock)) {}

  // The thread has come and found the lock held. True if the lock is crowded.
  bool found_held() noexcept {
    if (is_task_ || Platform::cpu_count() == 1) return false;
    if (memory_.lock != lock_) memory_ = {.lock = lock_, .transfer = memory_.transfer};
    if (memory_.stage == stage::away || memory_.stage == stage::gave)
      back(Platform::monotonic_now());
    memory_.stage = stage::not_sampled;
    if (++memory_.waits % tuning::waits_a_sample == 0) {
      memory_.stage = stage::waiting;
      memory_.since = Platform::monotonic_now();
    }
    return memory_.evidence >= tuning::evidence_of_a_crowd;
  }

  // Whether the lock is likely to come soon enough for a longer wait awake to be cheaper than a sleep.
  bool is_worth_patience() noexcept {
    if (is_task_ || memory_.lock != lock_ || memory_.round <= patience<Platform>.long_round_ns ||
        memory_.waited >= tuning::short_wait_ns)
      return false;
    if constexpr (!patience<Platform>.keeps_cpu) return true;
    if (memory_.impatient != 0) return --memory_.impatient, false;
    return is_patient_ = true;
  }

  // The wait awake is over, and in vain. True if it was a patient one of a thread that kept its CPU,
  // maybe from the very owner: then as many of the next waits do without, twice as many each time.
  bool loses_patience() noexcept {
    if (!is_patient_) return false;
    is_patient_ = false;
    memory_.vain = static_cast<std::uint8_t>(
        std::min<unsigned>(2U * memory_.vain + 1, tuning::impatient_at_most));
    memory_.impatient = memory_.vain;
    return true;
  }

  // Tries to take the lock.
  template <class Take>
  bool try_to_take(Take take) noexcept {
    if (is_task_ || memory_.stage != stage::waiting || memory_.lock != lock_) return take();
    const std::int64_t before = Platform::monotonic_now();
    const bool taken = take();
    const std::int64_t now = Platform::monotonic_now();
    if (now - before < tuning::transfer_ns_at_most)
      memory_.transfer += (now - before - memory_.transfer) / 8;
    if (taken) got(now);
    return taken;
  }

  // The thread has got the lock from its last owner.
  void got() noexcept {
    if (is_patient_) memory_.vain = 0;
    if (!is_task_ && memory_.stage == stage::waiting && memory_.lock == lock_)
      got(Platform::monotonic_now());
  }

  // The thread has released the lock by the slow way.
  void gave() noexcept {
    if (is_task_ || memory_.lock != lock_) return;
    memory_.since = Platform::monotonic_now();
    memory_.stage = stage::gave;
  }

  // At its turn the thread looks for a moment whether the lock is in use. That it is not speaks
  // against a crowd.
  template <class IsHeld>
  bool finds_it_free(IsHeld is_held) noexcept {
    if (!stays_free(is_held)) return false;
    if (memory_.lock == lock_)
      memory_.evidence = std::max(0, memory_.evidence - tuning::evidence_of_a_free_lock);
    return true;
  }

  // Looks for a moment whether the lock is in use.
  template <class IsHeld>
  static bool stays_free(IsHeld is_held) noexcept {
    for (unsigned i = 0; i < tuning::looks_at_turn; ++i) {
      if (is_held()) return false;
      Platform::pause();
    }
    return true;
  }

  // Whether a waiter may stay awake for its owner to see it.
  bool may_ask() const noexcept { return !is_task_ && Platform::cpu_count() > 1; }

  struct turn {
    deadline until;
    std::uintptr_t at;
  };
  // The turn after the one at `newest`, or the first one if that is 0.
  static turn turn_after(std::uintptr_t newest) noexcept {
    const std::int64_t now = Platform::monotonic_now();
    const std::int64_t from = std::max(now, static_cast<std::int64_t>(newest));
    const std::int64_t length =
        std::max(tuning::longest_turn_ns - (from - now) / tuning::turns_ahead_per_ns,
                 tuning::shortest_turn_ns);
    return {deadline::after(from + length - now), static_cast<std::uintptr_t>(from + length)};
  }

 private:
  void back(std::int64_t now) noexcept {
    judge(now - memory_.since);
    if (memory_.got_at == 0) return;
    memory_.round = now - memory_.got_at;
    memory_.got_at = 0;
  }

  using stage = platform::crowd_memory::stage_of_sample;

  // The thread was `away` from the lock. If it had given it to a waiter and is back so soon, it left
  // nothing for others to use. If it had waited for it, it would have made its round alone without
  // the wait and without fetching the lines that the other had taken; a longer wait was for more
  // than one other.
  void judge(std::int64_t away) noexcept {
    const std::int64_t line = memory_.transfer;
    const bool gave = memory_.stage == stage::gave;
    const bool speaks_for_it =
        away < (gave ? tuning::lines_of_a_hand_over * line
                     : tuning::lines_of_a_round * line +
                           std::min(memory_.waited, tuning::lines_of_a_wait * line));
    const std::int32_t weight = gave ? tuning::evidence_of_a_return : 1;
    memory_.evidence = std::clamp(memory_.evidence + (speaks_for_it ? weight : -weight), 0,
                                  tuning::evidence_at_most);
  }

  void got(std::int64_t now) noexcept {
    memory_.waited = now - memory_.since;
    memory_.since = now;
    memory_.got_at = now;
    memory_.stage = stage::away;
  }

  const void* lock_;
  // The memory is the thread's: a fiber, which may go on in another thread, leaves it alone.
  const bool is_task_ = Platform::this_task() != nullptr;
  bool is_patient_ = false;
  platform::crowd_memory& memory_;
};

}  // namespace holdfast::detail
