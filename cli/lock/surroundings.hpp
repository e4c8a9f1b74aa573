// SPDX-License-Identifier: BSL-1.0
// What the command finds around it, and how we end when the terminal has ended it.
#pragma once

#include <optional>
#include <string>

namespace cli {

// In UTF-8 on Windows too, as all our names are: getenv has the code page of the machine there.
std::optional<std::string> read_environment(const char* name);
void set_environment(const char* name, const std::string& value);
void clear_environment(const char* name);

// The command keeps the lock by this descriptor. Not on Windows, where locks are a process's own.
void let_inherit(int descriptor) noexcept;

// As if the terminal's Ctrl-C had ended us: so the script that runs us ends as well. Returns where
// the exit code has to say so.
void end_by_interrupt() noexcept;

}  // namespace cli
