// SPDX-License-Identifier: BSL-1.0
// Text and JSON about the counter.
#include "counter_report.hpp"

#include <cstdio>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "output.hpp"
#include "threads.hpp"
#include "version.hpp"

namespace cli {
namespace {

std::string shown_wait(std::optional<nanoseconds> wait) {
  if (!wait) return "-";
  const auto ns = static_cast<double>(wait->count());
  if (ns < 1e3) return fmt::format("{:.0f} ns", ns);
  if (ns < 1e6) return fmt::format("{:.1f} us", ns / 1e3);
  return fmt::format("{:.1f} ms", ns / 1e6);
}

json json_of(const counter_row& row) {
  json object{{"lock", row.asked.lock->name},
              {"threads", row.asked.threads},
              {"increments", row.asked.increments},
              {"expected", row.asked.expected()},
              {"final", row.got.final_value},
              {"lost", row.lost()},
              {"seconds", row.got.cost.seconds},
              {"ns_per_increment", row.ns_per_increment()},
              {"cpu_seconds", row.got.cost.cpu_seconds},
              {"worst_wait_ns", nullptr},
              {"note", row.asked.note}};
  if (row.got.worst_wait) object["worst_wait_ns"] = row.got.worst_wait->count();
  return object;
}

}  // namespace

std::string counter_introduction(const counter_options& options) {
  return fmt::format("{} incrementing one counter {} times each, on {}\n\n",
                     counted(options.threads, "thread"), grouped(options.increments),
                     counted(cpus(), "CPU"));
}

table counter_table() {
  return {{{"lock", 16, aligned::left},
           {"final value", 12},
           {"lost", 11},
           {"ns/increment", 12},
           {"CPU s", 7},
           {"worst wait", 10}},
          palette(stdout)};
}

std::vector<cell> cells_of(const counter_row& row) {
  const colour verdict = row.lost() == 0      ? colour::good
                         : row.as_it_should() ? colour::notable
                                              : colour::bad;
  return {{std::string(row.asked.lock->name) + (row.asked.note.empty() ? "" : " *")},
          {grouped(row.got.final_value)},
          {grouped(row.lost()), verdict},
          {fmt::format("{:.1f}", row.ns_per_increment())},
          {fmt::format("{:.2f}", row.got.cost.cpu_seconds)},
          {shown_wait(row.got.worst_wait)}};
}

std::string notes_on(const std::vector<counter_row>& rows) {
  std::map<std::string, std::string> locks_of;
  for (const counter_row& row : rows) {
    if (row.asked.note.empty()) continue;
    std::string& names = locks_of[row.asked.note];
    names.append(names.empty() ? "" : ", ").append(row.asked.lock->name);
  }
  std::string text = locks_of.empty() ? "" : "\n";
  for (const auto& [note, names] : locks_of) text += fmt::format("* {}: {}\n", names, note);
  return text;
}

json json_of(const counter_options& options, const std::vector<counter_row>& rows, bool ok) {
  json all = json::array();
  for (const counter_row& row : rows) all.push_back(json_of(row));
  return {{"demo", "counter"},
          {"version", version()},
          {"cpus", cpus()},
          {"threads", options.threads},
          {"increments", options.increments},
          {"ok", ok},
          {"rows", all}};
}

}  // namespace cli
