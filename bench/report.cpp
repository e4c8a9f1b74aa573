// SPDX-License-Identifier: BSL-1.0
// Putting a report into the page.
#include "report.hpp"

#include <fstream>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::string_view mark = "@REPORT@";

// As it may stand between the tags of a script: "</" would end it, "<!" begin a comment.
std::string for_script(const json& report) {
  const std::string text = report.dump();
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    if (text[i] == '<' && (next == '/' || next == '!'))
      safe += "\\u003c";
    else
      safe += text[i];
  }
  return safe;
}

}  // namespace

void write_page(const json& report, const std::string& path) {
  const std::string_view page = page_template();
  const std::size_t place = page.find(mark);
  if (place == std::string_view::npos)
    throw std::runtime_error(
        "this holdfast-bench was built without the page.\n"
        "It is made with npm: install nodejs and npm (tools/deps.sh bench), and build again while "
        "the registry of npm can be reached");
  std::ofstream file(path);
  file << page.substr(0, place) << for_script(report) << page.substr(place + mark.size());
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace bench
