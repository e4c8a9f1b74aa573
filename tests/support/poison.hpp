// SPDX-License-Identifier: BSL-1.0
// Helpers of tests that poison a mutex.
#pragma once

#include "holdfast/mutex.hpp"

namespace holdfast::test {

// What the owners of tests leave by.
struct leaving {};

// Locks `mutex`, whatever its state, and leaves by an exception.
template <class Mutex>
void leave_by_exception(Mutex& mutex) {
  try {
    const auto owner = mutex.lock(even_if_poisoned);
    throw leaving{};
  } catch (const leaving&) {
  }
}

// Whether nobody holds the lock of `mutex`.
template <class Mutex>
bool is_free(Mutex& mutex) {
  return static_cast<bool>(mutex.try_lock(even_if_poisoned));
}

// A number whose copying fails on order.
struct throws_when_copied {
  bool armed = false;
  int number = 0;

  throws_when_copied() = default;
  throws_when_copied(bool arm, int value) : armed(arm), number(value) {}
  throws_when_copied(const throws_when_copied& other) : armed(other.armed), number(other.number) {
    if (armed) throw leaving{};
  }
  throws_when_copied& operator=(const throws_when_copied& other) {
    if (other.armed) throw leaving{};
    armed = other.armed;
    number = other.number;
    return *this;
  }
  ~throws_when_copied() = default;
};

}  // namespace holdfast::test
