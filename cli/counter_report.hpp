// SPDX-License-Identifier: BSL-1.0
// What `holdfast demo` prints.
#pragma once

#include <string>
#include <vector>

#include "counter_plan.hpp"
#include "json_output.hpp"
#include "table.hpp"

namespace cli {

std::string counter_introduction(const counter_options& options);
table counter_table();
std::vector<cell> cells_of(const counter_row& row);

// Below the table: what is behind the rows that are marked there.
std::string notes_on(const std::vector<counter_row>& rows);

json json_of(const counter_options& options, const std::vector<counter_row>& rows, bool ok);

}  // namespace cli
