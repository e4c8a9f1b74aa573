// SPDX-License-Identifier: BSL-1.0
// Letters and chunks.
#include "word_count.hpp"

#include <algorithm>
#include <iterator>

namespace cli {
namespace {

struct range {
  char32_t first;
  char32_t last;
};

// Unicode blocks and characters beyond ASCII that separate words.
constexpr range separators[] = {
    {0x80, 0xA9},      // controls, punctuation, signs
    {0xAB, 0xB4},      //
    {0xB6, 0xB9},      //
    {0xBB, 0xBF},      //
    {0xD7, 0xD7},      // multiplication sign
    {0xF7, 0xF7},      // division sign
    {0x2000, 0x206F},  // general punctuation: quotes, dashes, spaces
    {0x20A0, 0x20CF},  // currencies
    {0x2190, 0x2BFF},  // arrows, mathematics, boxes
    {0x3000, 0x3004},  // CJK punctuation
    {0x3008, 0x303F},  //
    {0xFE10, 0xFE6F},  // forms of punctuation
    {0xFEFF, 0xFEFF},  // byte order mark
    {0xFF00, 0xFF20},  // wide punctuation and digits
};

constexpr bool is_ascii_letter(char32_t value) noexcept {
  return (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z');
}

bool may_cut_before(char byte) noexcept {
  const auto value = static_cast<unsigned char>(byte);
  return value < 0x80 && !is_ascii_letter(value);
}

}  // namespace

bool is_letter(char32_t value) noexcept {
  if (value < 0x80) return is_ascii_letter(value);
  return std::none_of(std::begin(separators), std::end(separators), [value](const range& each) {
    return each.first <= value && value <= each.last;
  });
}

void append_chunks(std::string_view text, std::size_t size, std::vector<std::string_view>& chunks) {
  while (text.size() > size) {
    const auto cut =
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(size), text.end(), may_cut_before);
    const auto taken = static_cast<std::size_t>(cut - text.begin());
    chunks.push_back(text.substr(0, taken));
    text.remove_prefix(taken);
  }
  if (!text.empty()) chunks.push_back(text);
}

}  // namespace cli
