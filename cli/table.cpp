// SPDX-License-Identifier: BSL-1.0
// Lays out the lines of a table.
#include "table.hpp"

#include <fmt/format.h>

namespace cli {

std::string table::header() const {
  std::vector<cell> titles;
  titles.reserve(columns_.size());
  for (const column& each : columns_) titles.push_back({each.title, colour::bold});
  return row(titles);
}

std::string table::row(const std::vector<cell>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size() && i < columns_.size(); ++i) {
    const auto& [title, width, side] = columns_[i];
    const bool is_last = i + 1 == columns_.size();
    std::string padded = side == aligned::right ? fmt::format("{:>{}}", cells[i].text, width)
                         : is_last              ? cells[i].text
                                                : fmt::format("{:<{}}", cells[i].text, width);
    if (i > 0) line += "  ";
    line += colours_.paint(cells[i].as, padded);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace cli
