// SPDX-License-Identifier: BSL-1.0
// A pthread_rwlock_t as a posix_rw_lock, with what POSIX adds to it.
#pragma once

#include <pthread.h>

#include <cstddef>

#include "holdfast/platform/atomic.hpp"

#include "foreign_program.hpp"
#include "posix_rw_lock.hpp"

namespace preload {

// The object of the caller, where the C library's static initialisers and its pthread_rwlock_init leave
// all zero but the preference and whether it is shared.
//
//  offset  bytes  what
//     0      4    the lock, with the number of readers where the C library has it
//    24      4    the kernel's number of the writer, for debuggers; 0 when there is none
//    28      4    not 0: shared between processes
//    33      1    whether it was counted
//    40      8    the identity of the writer; 0 when there is none
//    48      4    the preference
//
// Who is no writer may read the identity at any time: it finds its own only if it has written it.
struct rwlock_object {
  posix_rw_lock<foreign_program> lock;
  std::uint32_t unused[5];
  holdfast::platform::atomic<int> writer;
  int shared;  // fixed after initialisation
  std::uint8_t elision;
  std::uint8_t seen;
  std::uint8_t unused_too[6];
  holdfast::platform::atomic<std::uint64_t> identity;
  unsigned flags;  // fixed after initialisation

  bool is_shared() const noexcept { return shared != 0; }
  rw_preference preference() const noexcept { return static_cast<rw_preference>(flags); }

  static rwlock_object& of(pthread_rwlock_t* lock) noexcept {
    return *reinterpret_cast<rwlock_object*>(lock);
  }
};
static_assert(sizeof(rwlock_object) == sizeof(pthread_rwlock_t));
static_assert(offsetof(rwlock_object, writer) == offsetof(pthread_rwlock_t, __data.__cur_writer));
static_assert(offsetof(rwlock_object, shared) == offsetof(pthread_rwlock_t, __data.__shared));
static_assert(offsetof(rwlock_object, identity) == offsetof(pthread_rwlock_t, __data.__pad2));
static_assert(offsetof(rwlock_object, flags) == offsetof(pthread_rwlock_t, __data.__flags));
static_assert(static_cast<int>(rw_preference::readers) == PTHREAD_RWLOCK_PREFER_READER_NP);
static_assert(static_cast<int>(rw_preference::next_writer) == PTHREAD_RWLOCK_PREFER_WRITER_NP);
static_assert(static_cast<int>(rw_preference::writers) ==
              PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);

}  // namespace preload
