// SPDX-License-Identifier: BSL-1.0
// The command line of `holdfast lock`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "engine.hpp"

namespace cli {

struct lock_options {
  bool shared = false;
  bool no_wait = false;
  std::optional<std::chrono::nanoseconds> wait;
  unsigned slots = 0;
  std::string label;
  std::optional<on_poison> poison;
  bool poison_on_failure = false;
  bool close = false;
  std::optional<std::chrono::nanoseconds> grace;
  bool json = false;
  bool quiet = false;
  int busy_code = lock_busy;
  std::string name;
  std::vector<std::string> command;
};

void add_options(CLI::App& lock, lock_options& options);

// What contradicts itself, or what the name's engine cannot do. Throws CLI::ParseError.
void refuse_contradictions(const lock_options& options, const engine& engine);

// A value of an option that is a duration; for CLI11.
void add_duration(CLI::App& app, const std::string& names,
                  std::optional<std::chrono::nanoseconds>& value, const std::string& description);

}  // namespace cli
