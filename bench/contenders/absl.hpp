// SPDX-License-Identifier: BSL-1.0
// Abseil's locks.
#pragma once

#include <absl/synchronization/mutex.h>

#include "contenders/cell.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

namespace detail {

class absl_lock {
 public:
  void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock_.Lock(); }
  void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock_.Unlock(); }
  void lock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock_.ReaderLock(); }
  void unlock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock_.ReaderUnlock(); }

  absl::Mutex& native() { return lock_; }

 private:
  absl::Mutex lock_;
};

class absl_condition {
 public:
  void wait(absl_lock& lock) { changed_.Wait(&lock.native()); }
  void notify_one() { changed_.Signal(); }
  void notify_all() { changed_.SignalAll(); }

 private:
  absl::CondVar changed_;
};

}  // namespace detail

struct absl_mutex : writing<detail::absl_lock> {
  static constexpr const char* name = "absl::Mutex";
};
struct absl_mutex_read : reading<detail::absl_lock> {
  static constexpr const char* name = "absl::Mutex, read";
};
struct absl_condition {
  static constexpr const char* name = "absl::CondVar";
  static constexpr const char* queue_name = "absl::Mutex and two CondVars";
  using lock_type = detail::absl_lock;
  using condition_type = detail::with_predicate<detail::absl_condition>;
};

struct absl_library : library {
  using mutexes = contenders<absl_mutex>;
  using rw_locks = contenders<absl_mutex>;
  using rw_readers = contenders<absl_mutex_read>;
  using conditions = contenders<absl_condition>;
  using queues = contenders<textbook<absl_condition>>;

  // Debian compiles Abseil without NDEBUG, and such a build looks for deadlocks at every lock until
  // it is told not to. Some assertions stay.
  static void prepare() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }
};

}  // namespace bench
