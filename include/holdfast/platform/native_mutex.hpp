// SPDX-License-Identifier: BSL-1.0
// The operating system's own mutex, behind one contract.
#pragma once

#include <pthread.h>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"

namespace holdfast::platform {

// pthread_mutex_t of the default kind. Each call returns 0 or the errno value of the pthread call.
class native_mutex {
 public:
  constexpr native_mutex() noexcept = default;
  native_mutex(const native_mutex&) = delete;
  native_mutex& operator=(const native_mutex&) = delete;

  // POSIX lets an initialised mutex own resources, so it has to be destroyed.
  ~native_mutex() { pthread_mutex_destroy(&mutex_); }

  int lock() noexcept { return pthread_mutex_lock(&mutex_); }
  int try_lock() noexcept { return pthread_mutex_trylock(&mutex_); }
  int unlock() noexcept { return pthread_mutex_unlock(&mutex_); }

  // ETIMEDOUT when the deadline passed.
  HOLDFAST_EXPORT int lock_until(const deadline& until) noexcept;

  pthread_mutex_t* handle() noexcept { return &mutex_; }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace holdfast::platform
