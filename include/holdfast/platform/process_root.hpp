// SPDX-License-Identifier: BSL-1.0
// Memory that every copy of this library in the process shares, however the copies were linked and
// hidden.
#pragma once

#include <cstddef>

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Zeroed when first handed out, never freed, the same for all copies of one layout version. Asked
// for once by each copy; safe from any thread. At most process_root_size bytes.
inline constexpr std::size_t process_root_size = 8192;

// Where the register of reader slots begins in it; what is before that is the parking lot's.
inline constexpr std::size_t process_root_of_readers = process_root_size - 64;
HOLDFAST_EXPORT void* process_root() noexcept;

// `bytes` of zeroed memory in whole pages, not from malloc; null when there is none.
HOLDFAST_EXPORT void* map_pages(std::size_t bytes) noexcept;

// The same from the standard library alone: each copy of the library has its own root.
HOLDFAST_EXPORT void* process_root_portable() noexcept;
HOLDFAST_EXPORT void* map_pages_portable(std::size_t bytes) noexcept;

}  // namespace holdfast::platform
