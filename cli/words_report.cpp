// SPDX-License-Identifier: BSL-1.0
// Text and JSON about counted words.
#include "words_report.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "output.hpp"
#include "version.hpp"

namespace cli {
namespace {

double words_per_second(const words_report& report, const spent& cost) {
  return cost.seconds > 0 ? static_cast<double>(report.words) / cost.seconds : 0;
}

std::vector<cell> cells_of(const words_report& report, std::string_view lock, const spent& cost) {
  return {{std::string(lock)},
          {fmt::format("{:.1f}", cost.seconds * 1e3)},
          {fmt::format("{:.1f}", words_per_second(report, cost) / 1e6)},
          {fmt::format("{:.1f}", cost.cpu_seconds * 1e3)}};
}

json json_of(const text_input& input) {
  json object{{"name", input.name}, {"bytes", input.bytes.size()}, {"problem", nullptr}};
  if (!input.problem.empty()) object["problem"] = input.problem;
  return object;
}

json json_of(const words_report& report, const word_row& row) {
  return {{"lock", row.lock},
          {"seconds", row.cost.seconds},
          {"cpu_seconds", row.cost.cpu_seconds},
          {"words_per_second", words_per_second(report, row.cost)},
          {"rounds", row.rounds},
          {"same", row.same}};
}

}  // namespace

std::vector<std::pair<std::string, std::size_t>> most_frequent(const word_counts& counts,
                                                               std::size_t size) {
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(size, sorted.size()));
  std::partial_sort(sorted.begin(), end, sorted.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  sorted.erase(end, sorted.end());
  return sorted;
}

std::string words_introduction(const words_report& report) {
  std::size_t bytes = 0;
  std::size_t texts = 0;
  for (const text_input& each : report.inputs) {
    bytes += each.bytes.size();
    texts += each.problem.empty() ? 1 : 0;
  }
  const palette colours(stdout);
  std::string text =
      fmt::format("{} in {} of {}, {} of them different\n", counted(report.words, "word"),
                  counted(bytes, "byte"), counted(texts, "text"), grouped(report.different));
  if (report.top.empty()) return text;
  text += '\n' + colours.paint(colour::bold, fmt::format("{:>12}  {}", "count", "word")) + '\n';
  for (const auto& [word, count] : report.top)
    text += fmt::format("{:>12}  {}\n", grouped(count), shown_in_short(word));
  return text;
}

table words_table() {
  return {{{"lock", 16, aligned::left},
           {"ms", 10},
           {"M words/s", 9},
           {"CPU ms", 10},
           {"counts", 0, aligned::left}},
          palette(stdout)};
}

std::string words_header(const table& rows, const words_report& report) {
  std::vector<cell> cells = cells_of(report, "none, 1 thread", report.alone);
  cells.push_back({"(the others are compared with these)"});
  return fmt::format("\n{} counting into one map, median of several rounds:\n",
                     counted(report.threads, "thread")) +
         rows.header() + rows.row(cells);
}

std::string words_line(const table& rows, const words_report& report, const word_row& row) {
  std::vector<cell> cells = cells_of(report, row.lock, row.cost);
  cells.push_back(row.same ? cell{"same", colour::good} : cell{"DIFFERENT", colour::bad});
  return rows.row(cells);
}

json json_of(const words_report& report) {
  json inputs = json::array();
  for (const text_input& each : report.inputs) inputs.push_back(json_of(each));
  json top = json::array();
  for (const auto& [word, count] : report.top) top.push_back({{"word", word}, {"count", count}});
  json rows = json::array();
  for (const word_row& each : report.rows) rows.push_back(json_of(report, each));
  return {{"demo", "words"},
          {"version", version()},
          {"cpus", cpus()},
          {"threads", report.threads},
          {"ok", report.ok},
          {"inputs", inputs},
          {"words", report.words},
          {"different", report.different},
          {"top", top},
          {"one_thread",
           {{"seconds", report.alone.seconds}, {"cpu_seconds", report.alone.cpu_seconds}}},
          {"rows", rows}};
}

}  // namespace cli
