// SPDX-License-Identifier: BSL-1.0
// Where the options of ours end and the command of somebody else begins.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace cli {

// Cuts the command off the words of a command line that begins with a subcommand: options come
// first, then one name, then perhaps "--", and all the rest is the command, letter by letter.
// `misplaced` gets the complaint about an option behind the name.
std::vector<std::string> cut_command(const CLI::App& subcommand, std::vector<std::string>& words,
                                     std::string& misplaced);

}  // namespace cli
