// SPDX-License-Identifier: BSL-1.0
// Answers to a command line that asks for help or is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "exit_code.hpp"

namespace cli {

// Help and version go to standard output; a mistake is named on standard error, with what was
// probably meant.
exit_code answer(const CLI::App& app, const CLI::ParseError& error);

// The one of `names` that differs from `word` by a slip of the fingers, or "".
std::string closest(std::string_view word, const std::vector<std::string>& names);

}  // namespace cli
