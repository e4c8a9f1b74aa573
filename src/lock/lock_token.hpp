// SPDX-License-Identifier: BSL-1.0
// What an unlock, or the release of permits, tells the waiters it takes out of the queue.
#pragma once

#include <cstdint>

#include "holdfast/park/parking_lot.hpp"

namespace holdfast::detail {

// Conditions use it too: their waiters may be woken by an unlock.
enum class lock_token : std::uintptr_t { try_again, handed_over };

// Whether what was waited for belongs to the waiter now.
inline bool is_handed_over(const park_result& parked) noexcept {
  return parked.end == park_end::unparked &&
         parked.token == static_cast<std::uintptr_t>(lock_token::handed_over);
}

}  // namespace holdfast::detail
