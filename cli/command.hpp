// SPDX-License-Identifier: BSL-1.0
// How subcommands are plugged in: one file each, one function here each, one call in main.
#pragma once

#include <functional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "exit_code.hpp"

namespace cli {

// What the command line asks for; runs after all of it has been accepted.
using job = std::function<exit_code()>;

// Accepts numbers from `low` to `high`; a refusal names them.
template <class Number>
CLI::Validator number_between(Number low, Number high) {
  return CLI::Range(low, high).description("");
}

// Each adds a subcommand to `app` that sets `chosen` when the user names it.
void add_demo(CLI::App& app, job& chosen);
void add_demo_words(CLI::App& demo, job& chosen);

}  // namespace cli
