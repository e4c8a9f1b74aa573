// SPDX-License-Identifier: BSL-1.0
// A table for people, a row at a time: the widths are given, so that a row can be shown as soon as
// it is known.
#pragma once

#include <string>
#include <vector>

#include "terminal.hpp"

namespace cli {

enum class aligned { left, right };

struct column {
  std::string title;
  std::size_t width;
  aligned side = aligned::right;
};

struct cell {
  std::string text;
  colour as = colour::plain;
};

class table {
 public:
  table(std::vector<column> columns, palette colours)
      : columns_(std::move(columns)), colours_(colours) {}

  // Each is one line, with its end.
  std::string header() const;
  std::string row(const std::vector<cell>& cells) const;

 private:
  std::vector<column> columns_;
  palette colours_;
};

}  // namespace cli
