// SPDX-License-Identifier: BSL-1.0
// States of locks in words and in JSON.
#pragma once

#include <string>

#include "engine.hpp"
#include "json_output.hpp"

namespace cli {

// "free", "held", "held by 3 (shared)", "2 slots taken"; with ", poisoned" if it is.
std::string summary_of(const lock_state& state);

// All that is known, several lines.
std::string words_for(const lock_state& state);

json json_of(const lock_state& state);

}  // namespace cli
