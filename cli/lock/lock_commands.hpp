// SPDX-License-Identifier: BSL-1.0
// The subcommands for locks between processes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"

namespace cli {

// Takes the words of the command to run out of `words`, the command line behind "holdfast".
void add_lock(CLI::App& app, std::vector<std::string>& words, job& chosen);
void add_who(CLI::App& app, job& chosen);
void add_ls(CLI::App& app, job& chosen);
void add_heal(CLI::App& app, job& chosen);
void add_rm(CLI::App& app, job& chosen);

// Whether the wrong usage of the subcommand is lock_usage_error: `demo` has an older code.
bool is_lock_command(const std::string& subcommand);

// Help that says where the command stands.
class usage_with_command : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
};

}  // namespace cli
