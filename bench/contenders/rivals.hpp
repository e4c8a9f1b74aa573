// SPDX-License-Identifier: BSL-1.0
// The rivals as a whole: which libraries this build has, and which it goes without.
#pragma once

#include <span>

#include "contenders/pthread.hpp"

namespace bench {

// Calls what a library wants called before its locks are used.
void prepare_rivals();

// Libraries with their versions, in one line.
const char* rivals_in_this_build();

// What is missing and why, one a library.
std::span<const char* const> rivals_left_out();

}  // namespace bench
