// SPDX-License-Identifier: BSL-1.0
// Brings a fiber of a pool to another thread.
#pragma once

#include <chrono>

#include "holdfast/fiber/this_fiber.hpp"

#include "support/this_thread.hpp"

namespace holdfast::test {

// Whoever of the pool's threads looks first takes over a fiber that has slept: so it takes some
// attempts, and the time limit of the test bounds them.
inline void go_elsewhere() {
  const auto before = this_thread_now();
  do fiber::sleep_for(std::chrono::microseconds(20));
  while (this_thread_now() == before);
}

}  // namespace holdfast::test
