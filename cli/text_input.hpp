// SPDX-License-Identifier: BSL-1.0
// Text files read whole, and what is wrong with those that are none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

inline constexpr std::string_view standard_input = "-";

// Of one file: the words are counted in memory.
inline constexpr std::size_t text_bytes_at_most = std::size_t{1} << 30U;

struct text_input {
  std::string name;
  std::string bytes;    // empty if there is a problem
  std::string problem;  // why it is not counted; "" if it is
};

// Reads a file, or standard input if that is the name. Directories, files that cannot be read, that
// have NUL bytes or too many bytes are problems; an empty file is none.
text_input read_text(const std::string& name);

inline constexpr const char* licence_folder = "/usr/share/common-licenses";

// The licence texts that every Debian has: each once, whatever links lead to it, in the order of
// their names. Empty if the folder is not there.
std::vector<std::string> licence_texts();

}  // namespace cli
