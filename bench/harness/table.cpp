// SPDX-License-Identifier: BSL-1.0
// Printing a table.
#include "harness/table.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/core.h>

namespace bench {

void table::print() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  const auto line_of = [&widths](const std::vector<std::string>& row) {
    std::string line = fmt::format("{:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) line += fmt::format("  {:>{}}", row[i], widths[i]);
    return line;
  };
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::string line = line_of(rows_[i]);
    fmt::print("{}\n", line);
    if (i == 0) fmt::print("{}\n", std::string(line.size(), '-'));
  }
}

}  // namespace bench
