// SPDX-License-Identifier: BSL-1.0
// A sem_t as the C library has it: whoever of both works on it, they understand each other.
#pragma once

#include <semaphore.h>

#include <climits>
#include <cstddef>
#include <cstdint>

#include "holdfast/platform/atomic.hpp"

namespace preload {

// The object of the caller, from sem_init.
//
//  offset  bytes  what
//     0      4    the value, on which waiters sleep
//     4      4    how many threads wait, or are about to
//     8      4    not 0: shared between processes, or named
//    16      1    whether it was counted
//
// Whoever adds to the value while somebody waits wakes one; whoever has been woken, and does not take,
// wakes another one. So as many waiters are awake as there are permits, or all.
struct semaphore_object {
  holdfast::platform::atomic<std::uint64_t> word;
  int shared;  // fixed after initialisation
  int unused;
  std::uint8_t seen;
  std::uint8_t unused_too[15];

  static constexpr std::uint64_t permit = 1;
  static constexpr std::uint64_t waiter = std::uint64_t{1} << 32;
  static constexpr std::uint32_t value_of(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word);
  }

  bool is_shared() const noexcept { return shared != 0; }

  // Uses the address alone.
  const holdfast::platform::atomic<std::uint32_t>* place_of_sleep() const noexcept {
    return reinterpret_cast<const holdfast::platform::atomic<std::uint32_t>*>(&word);
  }

  static semaphore_object& of(sem_t* semaphore) noexcept {
    return *reinterpret_cast<semaphore_object*>(semaphore);
  }
};
static_assert(sizeof(semaphore_object) == sizeof(sem_t));
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the value is the lower half of the word");

}  // namespace preload
