// SPDX-License-Identifier: BSL-1.0
// JSON on standard output and standard error.
#pragma once

#include <nlohmann/json.hpp>

namespace cli {

// Keys keep the order they are given in.
using json = nlohmann::ordered_json;

// Throws output_error. Bytes that are not UTF-8 are replaced: JSON has no other way to hold them.
void write_json(const json& value);
// In one line on standard error, beside what the program that was run writes.
void tell_json(const json& value);

}  // namespace cli
