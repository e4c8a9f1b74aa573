// SPDX-License-Identifier: BSL-1.0
// The monotonic clock by the standard library.
#include "holdfast/platform/clock.hpp"

#include <chrono>

namespace holdfast::platform {

std::int64_t monotonic_now() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace holdfast::platform
