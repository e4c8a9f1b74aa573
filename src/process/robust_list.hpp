// SPDX-License-Identifier: BSL-1.0
// The robust mutexes of the calling thread, by the list along which the kernel would release them.
#pragma once

#include <cstddef>

namespace holdfast::process::detail {

// How many the thread holds, also those that are not ours; the largest number if the system does not
// tell.
unsigned robust_mutexes_held() noexcept;

// Whether one of them lies in these bytes. False if the system does not tell.
bool holds_robust_mutex_in(const void* begin, std::size_t size) noexcept;

}  // namespace holdfast::process::detail
