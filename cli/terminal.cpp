// SPDX-License-Identifier: BSL-1.0
// What the environment says about terminals and colours (https://no-color.org).
#include "terminal.hpp"

#include <unistd.h>

#include <cstdlib>

namespace cli {
namespace {

std::string_view environment(const char* name) noexcept {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

const char* sequence(colour as) noexcept {
  switch (as) {
    case colour::plain:
      return "";
    case colour::bold:
      return "\033[1m";
    case colour::good:
      return "\033[32m";
    case colour::notable:
      return "\033[33m";
    case colour::bad:
      return "\033[1;31m";
  }
  return "";
}

}  // namespace

bool is_terminal(std::FILE* stream) noexcept {
  const int descriptor = fileno(stream);
  return descriptor >= 0 && isatty(descriptor) == 1 && environment("TERM") != "dumb";
}

palette::palette(std::FILE* stream) noexcept
    : in_colour_(is_terminal(stream) && environment("NO_COLOR").empty()) {}

std::string palette::paint(colour as, std::string_view text) const {
  if (!in_colour_ || as == colour::plain) return std::string(text);
  return std::string(sequence(as)).append(text).append("\033[0m");
}

}  // namespace cli
