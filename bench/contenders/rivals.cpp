// SPDX-License-Identifier: BSL-1.0
// What bench/rivals.cmake has found.
#include "contenders/rivals.hpp"

#include "contenders/rivals_found.hpp"

namespace bench {

void prepare_rivals() { rivals_found::prepare(); }

const char* rivals_in_this_build() { return found_versions; }

std::span<const char* const> rivals_left_out() { return left_out; }

}  // namespace bench
