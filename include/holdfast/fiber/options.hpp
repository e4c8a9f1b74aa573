// SPDX-License-Identifier: BSL-1.0
// What can be said of a fiber when it is spawned.
#pragma once

#include <cstddef>
#include <string>

namespace holdfast::fiber {

// Bytes of a fiber's stack if nothing else is said. Only pages that are used cost memory.
inline constexpr std::size_t default_stack_size = 128 * 1024;

struct options {
  std::string name = {};  // for messages
  std::size_t stack_size = default_stack_size;
};

}  // namespace holdfast::fiber
