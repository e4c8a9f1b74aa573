// SPDX-License-Identifier: BSL-1.0
// A pthread_mutex_t as a parking_lock, with what POSIX adds to it.
#pragma once

#include <pthread.h>
#include <time.h>

#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/platform/atomic.hpp"

#include "foreign_program.hpp"
#include "passage.hpp"

namespace preload {

// The object of the caller, where the C library's static initialisers and its pthread_mutex_init
// leave all zero but the kind. What glibc has too is at glibc's place.
//
//  offset  bytes  what
//     0      2    the lock
//     4      4    how often its owner has locked a recursive mutex
//     8      4    the kernel's number of the owner, for debuggers; 0 when free
//    16      4    the kind
//    22      1    whether it was counted
//    24      8    the identity of the owner, of kinds that ask for it; 0 when free
//
// Who is no owner may read the identity at any time: it finds its own only if it has written it.
struct mutex_object {
  using lock_type = holdfast::basic_parking_lock<foreign_program>;

  lock_type lock;
  std::uint16_t unused;
  std::uint32_t count;  // owner only
  holdfast::platform::atomic<int> owner;
  std::uint32_t users;
  int kind;  // fixed after initialisation
  std::int16_t spins;
  std::uint8_t seen;
  std::uint8_t unused_too;
  holdfast::platform::atomic<std::uint64_t> identity;
  void* next;

  static mutex_object& of(pthread_mutex_t* mutex) noexcept {
    return *reinterpret_cast<mutex_object*>(mutex);
  }
};
static_assert(sizeof(mutex_object) == sizeof(pthread_mutex_t));
static_assert(offsetof(mutex_object, count) == offsetof(pthread_mutex_t, __data.__count));
static_assert(offsetof(mutex_object, owner) == offsetof(pthread_mutex_t, __data.__owner));
static_assert(offsetof(mutex_object, kind) == offsetof(pthread_mutex_t, __data.__kind));
static_assert(offsetof(mutex_object, identity) == offsetof(pthread_mutex_t, __data.__list));

enum class mutex_kind : int { normal = 0, recursive = 1, errorcheck = 2, adaptive = 3 };

// What PTHREAD_MUTEX_NORMAL and the elision of locks add to a kind, without another meaning.
inline constexpr int elision_bits = 256 | 512;
inline mutex_kind kind_of(const mutex_object& of) noexcept {
  return static_cast<mutex_kind>(of.kind & ~elision_bits);
}
// All others are the C library's: robust, of priorities, of several processes, and destroyed.
inline bool is_replaced(mutex_kind of) noexcept { return static_cast<unsigned>(of) <= 3; }
inline bool has_no_owner(mutex_kind of) noexcept {
  return of == mutex_kind::normal || of == mutex_kind::adaptive;
}
kind reported_kind(const mutex_object& of) noexcept;

// The pthread calls, whatever the kind.
int lock(pthread_mutex_t* mutex) noexcept;
int try_lock(pthread_mutex_t* mutex) noexcept;
int lock_until(pthread_mutex_t* mutex, clockid_t clock, const struct timespec* when) noexcept;
int unlock(pthread_mutex_t* mutex) noexcept;
int destroy(pthread_mutex_t* mutex) noexcept;

// For a condition variable: EPERM if the kind knows its owner and that is not the caller.
int may_unlock(const mutex_object& mutex) noexcept;
// An unlock has handed the lock to the caller.
void now_owned(mutex_object& mutex) noexcept;

}  // namespace preload
