// SPDX-License-Identifier: BSL-1.0
// Plain aligned tables.
#pragma once

#include <string>
#include <vector>

namespace bench {

// The first column stands to the left, the others to the right.
class table {
 public:
  explicit table(std::vector<std::string> header) : rows_{std::move(header)} {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // To standard output, with a line under the header.
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace bench
