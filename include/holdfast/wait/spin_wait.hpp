// SPDX-License-Identifier: BSL-1.0
// How a waiter passes the time while it hopes that the wait is short.
#pragma once

#include "holdfast/platform/task.hpp"
#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// Lets others run. A fiber runs the next one: what it waits for may be the work of a fiber of the
// same thread.
template <class Platform>
void yield() noexcept {
  if constexpr (Platform::has_tasks)
    if (platform::task* const mine = Platform::this_task(); mine != nullptr) [[unlikely]]
      return mine->yield();
  Platform::yield();
}

template <class Platform>
inline constexpr tuning::patience patience = tuning::of_who_yields;
template <class Platform>
  requires(Platform::keeps_its_cpu)
inline constexpr tuning::patience patience<Platform> = tuning::of_who_keeps_its_cpu;

// For a waiter that parks in the end: a bounded number of rounds, pauses first, then yields.
// A fiber parks at once, as that is how another one gets to run.
template <class Platform>
class spin_before_park {
 public:
  // One round. False when it is time to park.
  bool spin() noexcept {
    if (round_ >= rounds_) return false;
    ++round_;
    if (round_ <= tuning::pause_rounds && Platform::cpu_count() > 1) {
      Platform::pause();
    } else {
      Platform::yield();
    }
    return true;
  }

  void start_over() noexcept { round_ = 0; }

  // More rounds, of yields, from now on.
  void be_patient() noexcept {
    if (rounds_ != 0) rounds_ = patience<Platform>.rounds;
  }
  void be_impatient() noexcept {
    if (rounds_ != 0) rounds_ = tuning::rounds_before_park;
  }

 private:
  unsigned round_ = 0;
  unsigned rounds_ = Platform::this_task() == nullptr ? tuning::rounds_before_park : 0;
};

// For a waiter that never parks: pauses, twice as many each time up to a bound, and then yields, so
// that an owner that was preempted gets a CPU.
template <class Platform>
class spin_for_ever {
 public:
  void spin() noexcept {
    if (pauses_ <= tuning::spin_pauses_at_most && Platform::cpu_count() > 1) {
      for (unsigned i = 0; i < pauses_; ++i) Platform::pause();
      pauses_ *= 2;
    } else {
      make_room();
    }
  }

  // Of fibers that all spin each lets the others run: now and then their thread gives its CPU away
  // too, or it would keep it from the owner's.
  void make_room() noexcept {
    yield<Platform>();
    if (Platform::this_task() != nullptr && ++yields_ % tuning::yields_of_fibers == 0)
      Platform::yield();
  }

 private:
  unsigned yields_ = 0;
  unsigned pauses_ = Platform::this_task() == nullptr ? 1 : tuning::spin_pauses_at_most + 1;
};

}  // namespace holdfast::detail
