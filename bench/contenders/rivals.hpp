// SPDX-License-Identifier: BSL-1.0
// What a user could pick instead: an adapter is a lock type with lock() and unlock(), and a name.
#pragma once

#include <pthread.h>

#include <mutex>

#include "contenders/cell.hpp"

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

}  // namespace detail

// The yardstick of every table.
struct std_mutex : with_lock<std::mutex> {
  static constexpr const char* name = "std::mutex";
};
struct pthread_spin : with_lock<detail::pthread_spin> {
  static constexpr const char* name = "pthread_spinlock_t";
};

}  // namespace bench
