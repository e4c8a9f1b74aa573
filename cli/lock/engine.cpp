// SPDX-License-Identifier: BSL-1.0
// Which engine a name is for.
#include "engine.hpp"

#include <fmt/format.h>

#include "output.hpp"

namespace cli {
namespace {

// One line an engine.
constexpr const engine& (*engines[])() = {name_engine, path_engine};

}  // namespace

lock_name parse_lock_name(const std::string& text) {
  const std::size_t mark = text.find("://");
  if (mark == std::string::npos)
    return {text.find('/') == std::string::npos ? name_engine() : path_engine(), text};
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
