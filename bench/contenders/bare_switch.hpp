// SPDX-License-Identifier: BSL-1.0
// What no yield can beat: the switch of stacks alone.
#pragma once

#include <cstdint>

namespace bench {

// Two contexts of Boost.Context that switch to each other.
struct bare_switch {
  static constexpr const char* name = "(bare Boost.Context switch)";

  // Makes so many switches, an even number; returns how many there were.
  static std::uint64_t run(std::uint64_t switches);
};

}  // namespace bench
