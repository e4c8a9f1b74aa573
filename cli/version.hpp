// SPDX-License-Identifier: BSL-1.0
// The version of the library, as text.
#pragma once

#include <string>

#include <fmt/format.h>

#include "holdfast/base/config.hpp"

namespace cli {

inline std::string version() {
  return fmt::format("{}.{}.{}", HOLDFAST_VERSION_MAJOR, HOLDFAST_VERSION_MINOR,
                     HOLDFAST_VERSION_PATCH);
}

}  // namespace cli
