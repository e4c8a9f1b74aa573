// SPDX-License-Identifier: BSL-1.0
// What a word is, and how a text is cut without cutting one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "utf8.hpp"

namespace cli {

using word_counts = std::unordered_map<std::string, std::size_t>;

// Letters make words: those of ASCII, and all of Unicode beyond it that is not in the blocks of
// punctuation and symbols. A byte that is not UTF-8 counts as a letter, so older encodings work.
bool is_letter(char32_t value) noexcept;

// Calls `use` with each word of `text`; A to Z become lower case.
template <class Use>
void for_each_word(std::string_view text, Use&& use) {
  std::string word;
  while (!text.empty()) {
    const auto [value, size] = first_code_point(text);
    if (value >= 'A' && value <= 'Z') {
      word += static_cast<char>(value - 'A' + 'a');
    } else if (is_letter(value)) {
      word += text.substr(0, size);
    } else if (!word.empty()) {
      use(static_cast<const std::string&>(word));
      word.clear();
    }
    text.remove_prefix(size);
  }
  if (!word.empty()) use(static_cast<const std::string&>(word));
}

// Cuts `text` into pieces of about `size` bytes, and appends them. A piece ends before an ASCII
// character that is no letter: in no word and in no sequence of UTF-8.
void append_chunks(std::string_view text, std::size_t size, std::vector<std::string_view>& chunks);

}  // namespace cli
