// SPDX-License-Identifier: BSL-1.0
// The clock that never goes back, in nanoseconds.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Nanoseconds of std::chrono::steady_clock; some 20 ns a call.
HOLDFAST_EXPORT std::int64_t monotonic_now() noexcept;

}  // namespace holdfast::platform
