// SPDX-License-Identifier: BSL-1.0
// Where the lock of readers and writers lies in the segment of a shared_mutex: behind the data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/process/robust_rw_lock.hpp"

namespace holdfast::process::detail {

constexpr std::uint64_t size_with_lock_of_readers(std::uint64_t data) noexcept {
  constexpr std::uint64_t unit = alignof(robust_rw_lock);
  return (data + unit - 1) / unit * unit + sizeof(robust_rw_lock);
}

inline std::byte* lock_of_readers(std::byte* payload, std::uint64_t size) noexcept {
  return payload + size - sizeof(robust_rw_lock);
}

}  // namespace holdfast::process::detail
