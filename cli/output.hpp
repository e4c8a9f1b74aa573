// SPDX-License-Identifier: BSL-1.0
// Standard output that notices when nothing arrives, messages for people, and text made safe to
// show.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <system_error>

namespace cli {

// Standard output does not take any more; what() says why.
struct output_error : std::system_error {
  using std::system_error::system_error;
};

// Writes and flushes. Throws output_error.
void write_out(std::string_view text);

// One line to standard error, after "holdfast: ". Never throws: who could be told?
void complain(std::string_view message) noexcept;

// `text` with control characters written out and bytes that are not UTF-8 replaced: it can neither
// break a line nor command a terminal.
std::string shown(std::string_view text);

// The same; what is wider than 60 columns ends in "...".
std::string shown_in_short(std::string_view text);

// "-1234567" -> "-1,234,567"
std::string with_commas(std::string digits);

std::string grouped(std::integral auto number) { return with_commas(std::to_string(number)); }

// "1 file", "2 files"
std::string counted(std::integral auto number, std::string_view thing) {
  return grouped(number).append(1, ' ').append(thing).append(number == 1 ? "" : "s");
}

}  // namespace cli
