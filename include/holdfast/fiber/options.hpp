// SPDX-License-Identifier: BSL-1.0
// What can be said of a fiber when it is spawned.
#pragma once

#include <cstddef>
#include <string>

namespace holdfast::fiber {

// Bytes of a fiber's stack if nothing else is said. Only pages that are used cost memory.
inline constexpr std::size_t default_stack_size = std::size_t{128} * 1024;

struct options {
  // For messages. Initialised, so that g++ does not miss it where only the other is given.
  std::string name = {};  // NOLINT(readability-redundant-member-init)
  std::size_t stack_size = default_stack_size;
};

}  // namespace holdfast::fiber
