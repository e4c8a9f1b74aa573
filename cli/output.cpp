// SPDX-License-Identifier: BSL-1.0
// Writing to standard output and standard error.
#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "utf8.hpp"

namespace cli {

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return;
  throw output_error(errno, std::generic_category(), "cannot write to standard output");
}

void complain(std::string_view message) noexcept {
  static_cast<void>(std::fputs("holdfast: ", stderr));
  static_cast<void>(std::fwrite(message.data(), 1, message.size(), stderr));
  static_cast<void>(std::fputc('\n', stderr));
}

std::string shown(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const auto [value, size] = first_code_point(text);
    if (value == not_utf8)
      safe += "\uFFFD";
    else if (value < 0x20 || (value >= 0x7F && value < 0xA0))
      fmt::format_to(std::back_inserter(safe), "\\x{:02x}", static_cast<unsigned>(value));
    else
      safe += text.substr(0, size);
    text.remove_prefix(size);
  }
  return safe;
}

std::string shown_in_short(std::string_view text) {
  constexpr int columns = 60;
  const std::string safe = shown(text);
  std::string head = fmt::format("{:.{}}", safe, columns);
  return head.size() < safe.size() ? head + "..." : head;
}

std::string with_commas(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace cli
