// SPDX-License-Identifier: BSL-1.0
// From what lock files say to what the commands show.
#pragma once

#include <string>

#include "holdfast/process/identity.hpp"
#include "holdfast/process/lock_file.hpp"

#include "engine.hpp"

namespace cli {

party party_of(const holdfast::process::owner_record& record);

lock_state state_of(const std::string& name, const holdfast::process::lock_file_view& view);

}  // namespace cli
