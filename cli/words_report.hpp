// SPDX-License-Identifier: BSL-1.0
// What `holdfast demo words` prints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_output.hpp"
#include "table.hpp"
#include "text_input.hpp"
#include "threads.hpp"
#include "word_count.hpp"

namespace cli {

struct word_row {
  std::string_view lock;
  spent cost;  // the median of the rounds
  std::size_t rounds;
  bool same;  // as one thread counted, in every round
};

struct words_report {
  unsigned threads = 0;
  std::vector<text_input> inputs;
  std::size_t words = 0;
  std::size_t different = 0;
  std::vector<std::pair<std::string, std::size_t>> top;
  spent alone{};
  std::vector<word_row> rows;
  bool ok = true;
};

// The `size` most frequent, the first of the alphabet first among equals.
std::vector<std::pair<std::string, std::size_t>> most_frequent(const word_counts& counts,
                                                               std::size_t size);

// The parts of the text, in the order in which they are known.
std::string words_introduction(const words_report& report);
table words_table();
std::string words_header(const table& rows, const words_report& report);
std::string words_line(const table& rows, const words_report& report, const word_row& row);

json json_of(const words_report& report);

}  // namespace cli
