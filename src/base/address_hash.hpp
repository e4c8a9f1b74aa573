// SPDX-License-Identifier: BSL-1.0
// A place in a table for an address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::detail {

// One of 2^bits places, with `bits` from 1 to 63. Fibonacci hashing: the upper bits of the product
// depend on all bits of the address. (Source: D. E. Knuth, The Art of Computer Programming, 6.4.)
inline std::size_t place_of_address(const void* address, unsigned bits) noexcept {
  const auto product =
      static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address)) * 0x9E3779B97F4A7C15ULL;
  return static_cast<std::size_t>(product >> (64U - bits));
}

}  // namespace holdfast::detail
