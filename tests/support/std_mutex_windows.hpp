// SPDX-License-Identifier: BSL-1.0
// The two names that GoogleTest takes for granted, where the standard library has no threads. Included
// first by the compiler's command.
#pragma once

#include <mutex>

#include "platform/windows_api.hpp"

namespace std {

class mutex {
 public:
  void lock() { ::AcquireSRWLockExclusive(&lock_); }
  void unlock() { ::ReleaseSRWLockExclusive(&lock_); }

  SRWLOCK lock_ = SRWLOCK_INIT;
};

class condition_variable {
 public:
  template <class Lock, class Predicate>
  void wait(Lock& owner, Predicate ready) {
    while (!ready()) ::SleepConditionVariableSRW(&changed_, &owner.mutex()->lock_, INFINITE, 0);
  }
  void notify_all() { ::WakeAllConditionVariable(&changed_); }

 private:
  CONDITION_VARIABLE changed_ = CONDITION_VARIABLE_INIT;
};

}  // namespace std
