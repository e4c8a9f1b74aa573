// SPDX-License-Identifier: BSL-1.0
// What is asked of the system for identity.cpp.
#pragma once

#include <ctime>

#include "holdfast/process/identity.hpp"

namespace holdfast::process::detail {

void find_out(identity& mine) noexcept;

// False if the time cannot be put into parts.
bool utc_of(std::time_t seconds, std::tm& parts) noexcept;

}  // namespace holdfast::process::detail
