// SPDX-License-Identifier: BSL-1.0
// Reader-writer locks: ours, and what a user could pick instead.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <shared_mutex>

#include <holdfast/base/config.hpp>
#include <holdfast/lock/parking_rw_lock.hpp>

#include "contenders/cell.hpp"

namespace bench {

namespace detail {

// The reading side, used as a lock.
template <class Lock>
class read_side {
 public:
  void lock() HOLDFAST_UNANALYSED { lock_.lock_shared(); }
  void unlock() HOLDFAST_UNANALYSED { lock_.unlock_shared(); }

 private:
  Lock lock_;
};

// glibc's other kind, in which a writer that waits keeps new readers out: a fairer comparison, as
// ours does so too.
class pthread_writer_first {
 public:
  pthread_writer_first() noexcept {
    pthread_rwlockattr_t kind;
    ::pthread_rwlockattr_init(&kind);
#if defined(__GLIBC__)
    ::pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
    ::pthread_rwlock_init(&lock_, &kind);
    ::pthread_rwlockattr_destroy(&kind);
  }
  pthread_writer_first(const pthread_writer_first&) = delete;
  pthread_writer_first& operator=(const pthread_writer_first&) = delete;
  ~pthread_writer_first() { ::pthread_rwlock_destroy(&lock_); }

  void lock() noexcept { ::pthread_rwlock_wrlock(&lock_); }
  void unlock() noexcept { ::pthread_rwlock_unlock(&lock_); }
  void lock_shared() noexcept { ::pthread_rwlock_rdlock(&lock_); }
  void unlock_shared() noexcept { ::pthread_rwlock_unlock(&lock_); }

 private:
  pthread_rwlock_t lock_;
};

}  // namespace detail

// A contender with a cell for each way to lock; `rw_lock_type` has both.
template <class Lock>
struct writing : with_lock<Lock> {
  using rw_lock_type = Lock;
};
template <class Lock>
struct reading : with_lock<detail::read_side<Lock>> {};

struct std_shared_mutex : writing<std::shared_mutex> {
  static constexpr const char* name = "std::shared_mutex";
};
struct pthread_rwlock : writing<detail::pthread_writer_first> {
  static constexpr const char* name = "pthread_rwlock_t, writers first";
};
struct parking_rw_lock : writing<holdfast::parking_rw_lock> {
  static constexpr const char* name = "parking_rw_lock";
};

struct std_shared_mutex_read : reading<std::shared_mutex> {
  static constexpr const char* name = "std::shared_mutex, read";
};
struct pthread_rwlock_read : reading<detail::pthread_writer_first> {
  static constexpr const char* name = "pthread_rwlock_t, read";
};
struct parking_rw_lock_read : reading<holdfast::parking_rw_lock> {
  static constexpr const char* name = "parking_rw_lock, read";
};

}  // namespace bench
