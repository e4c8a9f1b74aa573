// SPDX-License-Identifier: BSL-1.0
// Yielding and counting CPUs.
#include "holdfast/platform/cpu.hpp"

#include <thread>

#include "holdfast/platform/atomic.hpp"

namespace holdfast::platform {

void yield() noexcept { std::this_thread::yield(); }

unsigned cpu_count() noexcept {
  static atomic<unsigned> known;
  unsigned count = known.load(order::relaxed);
  if (count == 0) {
    // libstdc++ and libc++ ask for the CPUs this process may run on, not for those of the machine.
    count = std::thread::hardware_concurrency();
    if (count == 0) count = 1;
    known.store(count, order::relaxed);
  }
  return count;
}

}  // namespace holdfast::platform
