// SPDX-License-Identifier: BSL-1.0
#include "model/claims.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace holdfast::verify {

namespace {

constexpr const char* begin_mark = "<!-- written by holdfast-verify -->\n";
constexpr const char* end_mark = "<!-- end -->\n";

struct parts {
  std::string before, between, after;
  bool found = false;
};

parts split(const std::string& document) {
  std::ifstream file(document);
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const auto begin = text.find(begin_mark);
  const auto end = text.find(end_mark);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    std::printf("holdfast-verify: %s has no place for the tables\n", document.c_str());
    return {};
  }
  const auto inside = begin + std::string(begin_mark).size();
  return {text.substr(0, inside), text.substr(inside, end - inside), text.substr(end), true};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

// The number in a cell; 0 if it has none.
std::uint64_t number_in(std::string cell) {
  std::erase_if(cell, [](char c) { return c == ',' || c == ' '; });
  return cell.empty() || cell.find_first_not_of("0123456789") != std::string::npos
             ? 0
             : std::stoull(cell);
}

bool is_within_a_factor_of_two(std::uint64_t one, std::uint64_t other) {
  return one != 0 && other != 0 && one / 2 <= other && other / 2 <= one;
}

// What lies on the stacks, and so how many states are the same, depends on the compiler: executions
// counted by content, and sums with them, may differ by a factor of two. Nothing else may.
bool tell_the_same(const std::string& told, const std::string& found) {
  const bool by_content = told.find(", by content") != std::string::npos;
  const bool of_primitive = told.find(" / ") != std::string::npos;  // mutants killed / all
  std::istringstream a(told);
  std::istringstream b(found);
  std::string left;
  std::string right;
  for (unsigned cell = 0; std::getline(a, left, '|'); ++cell) {
    if (!std::getline(b, right, '|')) return false;
    const bool is_sum = of_primitive && (cell == 3 || cell == 4);  // executions run, covered
    if (left != right &&
        !((by_content || is_sum) && is_within_a_factor_of_two(number_in(left), number_in(right))))
      return false;
  }
  return !std::getline(b, right, '|');
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string program_row(const std::string& primitive, const model::result& of) {
  std::ostringstream row;
  row << "| `" << primitive << "` | " << of.name << " | " << of.mode << " | "
      << grouped(of.executions) << " | " << grouped(of.covered) << " | " << grouped(of.pruned)
      << " |\n";
  return row.str();
}

std::string primitive_row(const std::string& name, const account& of) {
  std::ostringstream row;
  row << "| `" << name << "` | " << of.programs << " | " << grouped(of.executions) << " | "
      << grouped(of.covered) << " | " << of.killed << " / " << of.mutants - of.excused << " | "
      << of.excused << " |\n";
  return row.str();
}

std::string claims::text() const {
  std::string all =
      "| primitive | programs | executions run | covered | mutants killed | harmless |\n"
      "|---|--:|--:|--:|--:|--:|\n";
  for (const std::string& row : primitives) all += row;
  all +=
      "\n## Programs\n\n"
      "| primitive | threads and what they do | mode | executions run | covered | pruned |\n"
      "|---|---|---|--:|--:|--:|\n";
  for (const std::string& row : programs) all += row;
  std::ostringstream harmless;
  harmless << "\n## Harmless mutants\n\n"
              "| primitive | place | what is removed | why nothing fails |\n|---|---|---|---|\n";
  for (const primitive& p : holdfast::verify::primitives())
    for (const equivalent& e : p.equivalents) {
      model::mutation what;
      what.what = e.what;
      harmless << "| `" << p.name << "` | `" << e.file << "`: `" << e.line << "` | "
               << what.kind_text() << " | " << e.because << " |\n";
    }
  return all + harmless.str();
}

bool write_into(const std::string& document, const claims& what) {
  const parts now = split(document);
  if (!now.found) return false;
  std::ofstream file(document);
  file << now.before << what.text() << now.after;
  return static_cast<bool>(file.flush());
}

bool stand_in(const std::string& document, const claims& what) {
  const parts now = split(document);
  if (!now.found) return false;
  const auto told = lines_of(now.between);
  const auto found = lines_of(what.text());
  if (std::ranges::equal(told, found, tell_the_same)) return true;
  std::printf("%s does not tell what was found; if that is right, run tools/verify.sh --write\n",
              document.c_str());
  for (const std::string& line : told)
    if (std::ranges::none_of(found, [&](const auto& f) { return tell_the_same(line, f); }))
      std::printf("- %s\n", line.c_str());
  for (const std::string& line : found)
    if (std::ranges::none_of(told, [&](const auto& t) { return tell_the_same(t, line); }))
      std::printf("+ %s\n", line.c_str());
  return false;
}

}  // namespace holdfast::verify
