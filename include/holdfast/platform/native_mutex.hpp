// SPDX-License-Identifier: BSL-1.0
// The operating system's own mutex, behind one contract: pthread_mutex_t or SRWLOCK.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"

#if defined(_WIN32)
struct _RTL_SRWLOCK;  // NOLINT(bugprone-reserved-identifier): SRWLOCK of <windows.h>
#else
#include <pthread.h>
#endif

namespace holdfast::platform {

#if defined(_WIN32)

// SRWLOCK: a pointer that is null when the lock is free. It is never destroyed, and its calls never
// fail; those that return a number return 0, or what their twins of pthread_mutex_t would.
class native_mutex {
 public:
  static constexpr bool has_shared = true;

  constexpr native_mutex() noexcept = default;
  native_mutex(const native_mutex&) = delete;
  native_mutex& operator=(const native_mutex&) = delete;

  HOLDFAST_EXPORT int lock() noexcept;
  HOLDFAST_EXPORT int try_lock() noexcept;
  HOLDFAST_EXPORT int unlock() noexcept;

  // By trying again and again: the system has no wait with an end. ETIMEDOUT when the deadline passed.
  HOLDFAST_EXPORT int lock_until(const deadline& until) noexcept;

  HOLDFAST_EXPORT void lock_shared() noexcept;
  HOLDFAST_EXPORT bool try_lock_shared() noexcept;
  HOLDFAST_EXPORT void unlock_shared() noexcept;

  _RTL_SRWLOCK* handle() noexcept { return reinterpret_cast<_RTL_SRWLOCK*>(&lock_); }

 private:
  void* lock_ = nullptr;
};

#else

// pthread_mutex_t of the default kind. Each call returns 0 or the errno value of the pthread call.
class native_mutex {
 public:
  static constexpr bool has_shared = false;

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

#endif

}  // namespace holdfast::platform
