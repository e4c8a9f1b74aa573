// SPDX-License-Identifier: BSL-1.0
// What every user has: the locks of the standard library and of POSIX. An adapter is a lock type
// with lock() and unlock(), and a name.
#pragma once

#include <pthread.h>

#include <mutex>

#include "contenders/cell.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

namespace detail {

class pthread_spin {
 public:
  pthread_spin() noexcept { ::pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
  pthread_spin(const pthread_spin&) = delete;
  pthread_spin& operator=(const pthread_spin&) = delete;
  ~pthread_spin() { ::pthread_spin_destroy(&lock_); }

  void lock() noexcept { ::pthread_spin_lock(&lock_); }
  void unlock() noexcept { ::pthread_spin_unlock(&lock_); }

 private:
  pthread_spinlock_t lock_;
};

// The default kind is std::mutex; `Choose(attributes)` makes another.
template <auto Choose>
class pthread_mutex {
 public:
  pthread_mutex() noexcept {
    pthread_mutexattr_t kind;
    ::pthread_mutexattr_init(&kind);
    Choose(kind);
    ::pthread_mutex_init(&lock_, &kind);
    ::pthread_mutexattr_destroy(&kind);
  }
  pthread_mutex(const pthread_mutex&) = delete;
  pthread_mutex& operator=(const pthread_mutex&) = delete;
  ~pthread_mutex() { ::pthread_mutex_destroy(&lock_); }

  void lock() noexcept { ::pthread_mutex_lock(&lock_); }
  void unlock() noexcept { ::pthread_mutex_unlock(&lock_); }

 private:
  pthread_mutex_t lock_;
};

inline void error_checking(pthread_mutexattr_t& kind) {
  ::pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
}
inline void robust(pthread_mutexattr_t& kind) {
  ::pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
}
#if defined(__GLIBC__)
inline void adaptive(pthread_mutexattr_t& kind) {
  ::pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ADAPTIVE_NP);
}
#endif

}  // namespace detail

// The yardstick of every table.
struct std_mutex : with_lock<std::mutex> {
  static constexpr const char* name = "std::mutex";
};
struct pthread_spin : with_lock<detail::pthread_spin> {
  static constexpr const char* name = "pthread_spinlock_t";
};
struct pthread_error_checking : with_lock<detail::pthread_mutex<detail::error_checking>> {
  static constexpr const char* name = "pthread_mutex_t, error-checking";
};
struct pthread_robust : with_lock<detail::pthread_mutex<detail::robust>> {
  static constexpr const char* name = "pthread_mutex_t, robust";
};
#if defined(__GLIBC__)
struct pthread_adaptive : with_lock<detail::pthread_mutex<detail::adaptive>> {
  static constexpr const char* name = "pthread_mutex_t, adaptive";
};
using pthread_mutexes = contenders<pthread_adaptive, pthread_error_checking, pthread_robust>;
#else
using pthread_mutexes = contenders<pthread_error_checking, pthread_robust>;
#endif

struct standard_library : library {
  using mutexes = join<contenders<std_mutex>, pthread_mutexes>;
  using spin_locks = contenders<pthread_spin>;
  using rw_locks = contenders<std_shared_mutex, pthread_rwlock>;
  using rw_readers = contenders<std_shared_mutex_read, pthread_rwlock_read>;
  using conditions = contenders<std_condition>;
  using queues = contenders<std_queue>;
};

}  // namespace bench
