// SPDX-License-Identifier: BSL-1.0
// The subcommand that runs a program with the locks of holdfast.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace cli {

// Takes the words of the program to run out of `words`, the command line behind "holdfast".
void add_run(CLI::App& app, std::vector<std::string>& words, job& chosen);

}  // namespace cli
