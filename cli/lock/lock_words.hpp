// SPDX-License-Identifier: BSL-1.0
// Parties and errors in words and in JSON.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "engine.hpp"
#include "json_output.hpp"

namespace cli {

// "pid 4711 (backup.sh), label nightly, token 12, for 3.2 s", with what is known of these.
std::string words_for(const party& who);

// The same in short: "pid 4711 nightly, for 3.2 s".
std::string short_words_for(const party& who);

json json_of(const party& who);

// "2026-11-30T08:15:42Z"
std::string shown_time(std::int64_t nanoseconds);

// Without the "holdfast: " that complain() writes.
std::string message_of(const std::exception& error);

}  // namespace cli
