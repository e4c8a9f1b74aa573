// SPDX-License-Identifier: BSL-1.0
// What `holdfast lock` says, in words or in JSON, and the exit code that goes with it.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include "child.hpp"
#include "engine.hpp"
#include "lock_options.hpp"

namespace cli {

// Standard output is the command's, so all goes to standard error; without --json nothing if the
// command has run, and with --quiet nothing but what went wrong.
class lock_report {
 public:
  lock_report(const lock_options& options, const engine& engine) noexcept
      : options_(options), engine_(engine) {}

  // The lock was taken, or given up.
  void waited() noexcept { waited_ = std::chrono::steady_clock::now() - begun_; }

  exit_code busy(const std::string& name) const;
  exit_code poisoned(const std::string& about) const;
  exit_code ended(const attempt& got, const ending& end) const;
  exit_code failed(const std::exception& error) const;

 private:
  struct outcome;
  void tell(const outcome& what) const;

  const lock_options& options_;
  const engine& engine_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::nanoseconds waited_{0};
};

// The exit code for what an engine threw.
exit_code code_for(const std::exception& error) noexcept;

// Runs a subcommand whose errors have these codes; standard output that cannot be written is not
// one of them.
exit_code with_lock_codes(const std::function<exit_code()>& run);

}  // namespace cli
