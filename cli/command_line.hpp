// SPDX-License-Identifier: BSL-1.0
// The words behind "holdfast", in UTF-8.
#pragma once

#include <string>
#include <vector>

namespace cli {

std::vector<std::string> command_line(int argc, char** argv);

}  // namespace cli
