// SPDX-License-Identifier: BSL-1.0
// Data with their lock, as far as they can be shown.
#pragma once

#include <optional>
#include <string>

#include "holdfast/process/listing.hpp"

#include "engine.hpp"

namespace cli {

// Nothing if this user has no such segment. Throws process::error.
std::optional<lock_state> state_of_segment(const std::string& name);

}  // namespace cli
