// SPDX-License-Identifier: BSL-1.0
// Which engine a name is for.
#include "engine.hpp"

#include <fmt/format.h>

#include "output.hpp"

namespace cli {
namespace {

// One line an engine.
constexpr const engine& (*engines[])() = {name_engine, path_engine};

#if defined(_WIN32)
// Of either slash, or of a drive.
bool is_path(const std::string& text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool has_drive = text.size() > 1 && text[1] == ':' && is_letter(text[0]);
  return has_drive || text.find_first_of("/\\") != std::string::npos;
}
#else
bool is_path(const std::string& text) { return text.find('/') != std::string::npos; }
#endif

}  // namespace

lock_name parse_lock_name(const std::string& text) {
  const std::size_t mark = text.find("://");
  if (mark == std::string::npos) return {is_path(text) ? path_engine() : name_engine(), text};
  const std::string_view wanted = std::string_view(text).substr(0, mark);
  std::string known;
  for (const auto get : engines) {
    if (get().name() == wanted) return {get(), text.substr(mark + 3)};
    known += fmt::format("{}{}://", known.empty() ? "" : ", ", get().name());
  }
  throw lock_error(lock_unreachable,
                   fmt::format("{}: the engine '{}' is not built in; there are {}", shown(text),
                               shown(wanted), known));
}

}  // namespace cli
