// SPDX-License-Identifier: BSL-1.0
// A pthread_cond_t as a condition, with what POSIX adds to it.
#pragma once

#include <pthread.h>
#include <time.h>

#include <cstddef>

#include "holdfast/condition.hpp"

#include "foreign_program.hpp"

namespace preload {

// The object of the caller, all zero from the static initialiser; pthread_cond_init of the C library
// leaves its flags.
//
//  offset  bytes  what
//     0      2    the condition
//     4      1    whether it was counted
//    36      4    flags: 1 shared between processes, 2 on the monotonic clock
struct condition_object {
  using condition_type = holdfast::basic_condition<foreign_program>;

  condition_type condition;
  std::uint16_t unused;
  std::uint8_t seen;
  std::uint8_t unused_too[31];
  unsigned flags;  // fixed after initialisation
  std::uint64_t last;

  bool is_shared() const noexcept { return (flags & 1U) != 0; }
  clockid_t clock() const noexcept { return (flags & 2U) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME; }

  static condition_object& of(pthread_cond_t* condition) noexcept {
    return *reinterpret_cast<condition_object*>(condition);
  }
};
static_assert(sizeof(condition_object) == sizeof(pthread_cond_t));
static_assert(offsetof(condition_object, flags) == offsetof(pthread_cond_t, __data.__wrefs));

// The pthread calls. `when` may be null: without end.
int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
         const struct timespec* when);
int signal(pthread_cond_t* condition) noexcept;
int broadcast(pthread_cond_t* condition) noexcept;

}  // namespace preload
