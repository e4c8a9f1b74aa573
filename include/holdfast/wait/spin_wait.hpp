// SPDX-License-Identifier: BSL-1.0
// How a waiter passes the time while it hopes that the wait is short.
#pragma once

#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// For a waiter that parks in the end: a bounded number of rounds, pauses first, then yields.
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
  void be_patient() noexcept { rounds_ = tuning::patient_rounds; }

 private:
  unsigned round_ = 0;
  unsigned rounds_ = tuning::rounds_before_park;
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
      Platform::yield();
    }
  }

 private:
  unsigned pauses_ = 1;
};

}  // namespace holdfast::detail
