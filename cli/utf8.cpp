// SPDX-License-Identifier: BSL-1.0
// The decoder of UTF-8.
#include "utf8.hpp"

namespace cli {
namespace {

struct lead_byte {
  std::size_t size;  // of the sequence, 0 if no sequence begins so
  char32_t bits;
  char32_t smallest;  // a sequence for less than this is longer than it need be
};

lead_byte read_lead(unsigned char byte) noexcept {
  if (byte >= 0xC2 && byte < 0xE0) return {2, byte & 0x1FU, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {3, byte & 0x0FU, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

}  // namespace

code_point first_beyond_ascii(std::string_view text) noexcept {
  const code_point none{not_utf8, 1};
  const lead_byte lead = read_lead(static_cast<unsigned char>(text.front()));
  if (lead.size == 0 || lead.size > text.size()) return none;
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80) return none;
    value = (value << 6U) | (byte & 0x3FU);
  }
  const bool is_surrogate = value >= 0xD800 && value < 0xE000;
  if (value < lead.smallest || value > 0x10FFFF || is_surrogate) return none;
  return {value, lead.size};
}

}  // namespace cli
