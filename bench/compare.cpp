// SPDX-License-Identifier: BSL-1.0
// Reads two reports, pairs their samples and prints medians and ratios.
#include "compare.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <stdexcept>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "harness/statistics.hpp"
#include "harness/table.hpp"

namespace bench {
namespace {

using json = nlohmann::ordered_json;

struct key {
  std::string workload, contender, load, metric;
  auto operator<=>(const key&) const = default;
};

// All samples of a report, and the order in which its figures came first.
struct figures {
  std::map<key, std::vector<double>> samples;
  std::vector<key> order;

  void add(const key& of, const json& values) {
    std::vector<double>& all = samples[of];
    if (all.empty()) order.push_back(of);
    if (!values.is_array()) {
      all.push_back(values.get<double>());
      return;
    }
    for (const json& each : values) all.push_back(each.get<double>());
  }
};

json read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  json all = json::parse(file, nullptr, false);
  if (!all.is_object() || !all.contains("machine") || !all.contains("workloads"))
    throw std::runtime_error(path + " is no report of holdfast-bench --json");
  return all;
}

bool is_list_of_numbers(const json& value) {
  return value.is_array() && !value.empty() && value.front().is_number();
}

// A whole number or a text says what was measured, a fraction or a list what came out. Where the
// contender lay in memory is neither.
void add_sample(const std::string& workload, const json& sample, figures& into) {
  std::string load;
  for (const auto& [name, value] : sample.items()) {
    if (name == "contender" || name == "distance" || name == "offset_in_page") continue;
    if (value.is_string() || value.is_number_integer()) {
      load += load.empty() ? "" : ", ";
      load +=
          value.is_string() ? value.get<std::string>() : fmt::format("{} {}", value.dump(), name);
    }
  }
  const std::string contender = sample["contender"];
  for (const auto& [name, value] : sample.items())
    if (value.is_number_float() || is_list_of_numbers(value))
      into.add({workload, contender, load, name}, value);
}

void collect(const std::string& workload, const json& results, figures& into) {
  for (const auto& [name, value] : results.items()) {
    if (value.is_array() && !value.empty() && value.front().is_object() &&
        value.front().contains("contender")) {
      if (name == "goals") continue;
      for (const json& sample : value) add_sample(workload, sample, into);
    } else if (workload == "sizes" && value.is_number()) {
      into.add({workload, name, "", "bytes"}, value);
    } else if (workload == "include" && name == "subjects") {
      for (const auto& [subject, figure] : value.items())
        into.add({workload, subject, "", "cpu_ms"}, figure["cpu_ms"]);
    } else if (value.is_object() && value.contains("samples")) {
      collect(workload, value, into);
    }
  }
}

figures figures_of(const json& report) {
  figures all;
  for (const auto& [workload, results] : report["workloads"].items())
    collect(workload, results, all);
  return all;
}

std::string text_of(const key& of) {
  return fmt::format("{}: {}{}{}, {}", of.workload, of.contender, of.load.empty() ? "" : ", ",
                     of.load, of.metric);
}

std::string placement_of(const json& report) {
  return report.contains("placement") ? report["placement"].value("kind", "unknown") : "unknown";
}

std::vector<std::string> warnings_about(const json& before, const json& after) {
  std::vector<std::string> all;
  for (const auto& [name, value] : before["machine"].items()) {
    if (name == "date") continue;
    const json& other = after["machine"].contains(name) ? after["machine"][name] : json();
    if (value != other)
      all.push_back(fmt::format("{}: {} and {}", name, value.dump(), other.dump()));
  }
  const std::string was = placement_of(before);
  const std::string is = placement_of(after);
  if (was != is) all.push_back(fmt::format("placement of the CPUs: {} and {}", was, is));
  if (before.value("quick", false) || after.value("quick", false))
    all.emplace_back("--quick: the samples are short");
  return all;
}

}  // namespace

bool changed_figure::is_told_apart() const noexcept {
  if (before == after) return false;
  return before == 0 || std::abs(after / before - 1) * 100 > spread;
}

comparison compare(const std::string& before, const std::string& after) {
  const json old_report = read(before);
  const json new_report = read(after);
  figures old_figures;
  figures new_figures;
  try {
    old_figures = figures_of(old_report);
    new_figures = figures_of(new_report);
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{} or {} is damaged: {}", before, after, error.what()));
  }
  comparison found;
  found.warnings = warnings_about(old_report, new_report);
  for (const key& of : old_figures.order) {
    const auto same = new_figures.samples.find(of);
    if (same == new_figures.samples.end()) {
      found.only_in_one.push_back(text_of(of) + ": only in " + before);
      continue;
    }
    const std::vector<double>& old_samples = old_figures.samples[of];
    found.figures.push_back({of.workload, of.contender, of.load, of.metric, median(old_samples),
                             median(same->second),
                             std::max(spread_percent(old_samples), spread_percent(same->second))});
  }
  for (const key& of : new_figures.order)
    if (!old_figures.samples.contains(of))
      found.only_in_one.push_back(text_of(of) + ": only in " + after);
  return found;
}

void print(const comparison& found, bool all) {
  for (const std::string& each : found.warnings) fmt::print("The runs are not alike: {}\n", each);
  table shown(
      {"workload", "contender", "load", "figure", "before", "after", "after / before", "IQR %"});
  std::size_t told = 0;
  for (const changed_figure& f : found.figures) {
    told += f.is_told_apart() ? 1U : 0U;
    if (all || f.is_told_apart())
      shown.add({f.workload, f.contender, f.load, f.metric, fmt::format("{:.3f}", f.before),
                 fmt::format("{:.3f}", f.after),
                 f.before == 0 ? std::string("-") : fmt::format("{:.2f}", f.after / f.before),
                 fmt::format("{:.0f}", f.spread)});
  }
  if (all || told != 0) shown.print();
  for (const std::string& each : found.only_in_one) fmt::print("{}\n", each);
  fmt::print("{} figures in both, {} changed by more than the spread of their samples\n",
             found.figures.size(), told);
}

}  // namespace bench
