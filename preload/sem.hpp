// SPDX-License-Identifier: BSL-1.0
// A sem_t as the C library has it: whoever of both works on it, they understand each other.
#pragma once

#include <semaphore.h>

#include <cstddef>
#include <cstdint>

#include "foreign_program.hpp"
#include "posix_semaphore.hpp"

namespace preload {

// The object of the caller, from sem_init.
//
//  offset  bytes  what
//     0      8    the value, and how many threads wait
//     8      4    not 0: shared between processes, or named
//    16      1    whether it was counted
struct semaphore_object {
  posix_semaphore<foreign_program> permits;
  int shared;  // fixed after initialisation
  int unused;
  std::uint8_t seen;
  std::uint8_t unused_too[15];

  bool is_shared() const noexcept { return shared != 0; }

  static semaphore_object& of(sem_t* semaphore) noexcept {
    return *reinterpret_cast<semaphore_object*>(semaphore);
  }
};
static_assert(sizeof(semaphore_object) == sizeof(sem_t));
static_assert(offsetof(semaphore_object, shared) == 8);
static_assert(posix_semaphore<foreign_program>::most == SEM_VALUE_MAX);

}  // namespace preload
