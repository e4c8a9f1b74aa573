// SPDX-License-Identifier: BSL-1.0
// Reads UTF-8, and shrugs at what is none.
#pragma once

#include <cstddef>
#include <string_view>

namespace cli {

struct code_point {
  char32_t value;    // `not_utf8` for a byte that belongs to no sequence
  std::size_t size;  // in bytes, at least 1
};

inline constexpr char32_t not_utf8 = 0xFFFFFFFF;

// The first of `text`, which begins with a byte above 0x7F.
code_point first_beyond_ascii(std::string_view text) noexcept;

// The first of `text`, which is not empty.
inline code_point first_code_point(std::string_view text) noexcept {
  const auto byte = static_cast<unsigned char>(text.front());
  return byte < 0x80 ? code_point{byte, 1} : first_beyond_ascii(text);
}

}  // namespace cli
