// SPDX-License-Identifier: BSL-1.0
// What the subcommands for locks have in common on the command line.
#include "lock_commands.hpp"

#include <algorithm>

namespace cli {

bool is_lock_command(const std::string& subcommand) {
  static constexpr const char* all[] = {"lock", "who", "ls", "heal", "rm", "run"};
  return std::find(std::begin(all), std::end(all), subcommand) != std::end(all);
}

std::string usage_with_command::make_usage(const CLI::App* app, std::string name) const {
  static_cast<void>(app);
  return "Usage: " + name + " [OPTIONS] NAME|PATH [--] COMMAND [ARGUMENT]...\n";
}

}  // namespace cli
