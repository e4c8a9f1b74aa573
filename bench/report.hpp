// SPDX-License-Identifier: BSL-1.0
// A run as one page to read.
#pragma once

#include <string>
#include <string_view>

#include "samples.hpp"

namespace bench {

// What `npm` made of bench/report/ when this was built; empty if there was no npm. Has the mark
// @REPORT@ where the JSON goes.
std::string_view page_template() noexcept;

// Writes the page. Throws std::runtime_error if there is no template, or the file cannot be written.
void write_page(const json& report, const std::string& path);

}  // namespace bench
