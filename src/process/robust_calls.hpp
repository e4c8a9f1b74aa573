// SPDX-License-Identifier: BSL-1.0
// The short way to a robust lock, without a call of ours: each costs stores, and a locked instruction
// waits for those before it.
#pragma once

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include <cerrno>
#include <cstddef>
#include <new>

#include "holdfast/process/robust_lock.hpp"

namespace holdfast::process::detail {

// How many the calling thread holds; in the child of a fork perhaps more than that, until it looks
// (refuse_to_hold_too_many). Half of what the kernel can see to is allowed, as others hold
// robust mutexes too.
extern thread_local constinit unsigned robust_locks_held [[gnu::tls_model("initial-exec")]];
inline constexpr unsigned robust_locks_held_at_most = 1024;

#if defined(_WIN32)

// No engine of Windows has its lock in memory, so that nobody goes this way.
inline void* robust_in(std::byte*) noexcept { return nullptr; }
inline int try_robust(void*) noexcept { return EBUSY; }
inline lock_end end_of_robust(int, void*) noexcept { return lock_end::gave_up; }
inline void unlock_robust(void*) noexcept {}

#else

inline pthread_mutex_t* mutex_in(std::byte* bytes) noexcept {
  return std::launder(reinterpret_cast<pthread_mutex_t*>(bytes));
}

// What locking has come to.
inline lock_end end_of(int result, pthread_mutex_t* mutex) noexcept {
  if (result != 0) [[unlikely]] {
    if (result != EOWNERDEAD) return lock_end::gave_up;
    // At once: if we died without it, nobody could ever lock it again.
    pthread_mutex_consistent(mutex);
    ++robust_locks_held;
    return lock_end::locked_after_death;
  }
  ++robust_locks_held;
  return lock_end::locked;
}

inline lock_end try_lock(pthread_mutex_t* mutex) noexcept {
  return end_of(pthread_mutex_trylock(mutex), mutex);
}

// False, and nothing has happened, if the calling thread is not the owner.
inline bool unlock(pthread_mutex_t* mutex) noexcept {
  if (pthread_mutex_unlock(mutex) != 0) [[unlikely]]
    return false;
  if (robust_locks_held != 0) --robust_locks_held;
  return true;
}

// The same, for whoever need not know what it is; without a count.
inline void* robust_in(std::byte* bytes) noexcept { return mutex_in(bytes); }
inline int try_robust(void* mutex) noexcept {
  return ::pthread_mutex_trylock(static_cast<pthread_mutex_t*>(mutex));
}
inline lock_end end_of_robust(int result, void* mutex) noexcept {
  return end_of(result, static_cast<pthread_mutex_t*>(mutex));
}
inline void unlock_robust(void* mutex) noexcept {
  ::pthread_mutex_unlock(static_cast<pthread_mutex_t*>(mutex));
}

#endif

}  // namespace holdfast::process::detail
