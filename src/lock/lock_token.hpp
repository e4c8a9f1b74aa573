// SPDX-License-Identifier: BSL-1.0
// What an unlock, or the release of permits, tells the waiters it takes out of the queue.
#pragma once

#include <cstdint>

namespace holdfast::detail {

// Conditions use it too: their waiters may be woken by an unlock.
enum class lock_token : std::uintptr_t { try_again, handed_over };

}  // namespace holdfast::detail
