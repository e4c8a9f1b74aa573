// SPDX-License-Identifier: BSL-1.0
// A few places in each thread.
#include "holdfast/platform/crowd_memory.hpp"

#include "base/address_hash.hpp"

namespace holdfast::platform {

crowd_memory& my_crowd_memory(const void* lock) noexcept {
  constexpr unsigned bits = 2;
  static constinit thread_local crowd_memory places[1U << bits];
  return places[detail::place_of_address(lock, bits)];
}

}  // namespace holdfast::platform
