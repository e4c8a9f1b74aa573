// SPDX-License-Identifier: BSL-1.0
// The system's mutex with an end, where the system's own call for it is missing.
#pragma once

#include <cerrno>
#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/clock.hpp"
#include "holdfast/platform/cpu.hpp"

namespace holdfast::platform {

// By trying again and again: 0, what try_lock() reports other than EBUSY, or ETIMEDOUT. At first others
// may be about to unlock; later a nap costs less.
template <class Mutex, class Nap>
int try_until(Mutex& mutex, const deadline& until, Nap nap) noexcept {
  constexpr std::int64_t awake_ns = 50'000;
  const std::int64_t nap_after = monotonic_now() + awake_ns;
  for (;;) {
    const int result = mutex.try_lock();
    if (result != EBUSY) return result;
    if (until.has_passed()) return ETIMEDOUT;
    if (monotonic_now() < nap_after)
      yield();
    else
      nap();
  }
}

}  // namespace holdfast::platform
