// SPDX-License-Identifier: BSL-1.0
// Reads two reports, pairs their samples and prints medians and ratios.
#include "compare.hpp"

#include <cmath>
#include <map>

#include <fmt/core.h>

#include "harness/statistics.hpp"
#include "harness/table.hpp"
#include "samples.hpp"

namespace bench {
namespace {

struct key {
  std::string workload, contender, load, metric;
  auto operator<=>(const key&) const = default;
};

// All samples of a report, and the order in which its figures came first. Where the contender lay in
// memory does not matter.
struct figures {
  std::map<key, std::vector<double>> samples;
  std::vector<key> order;

  explicit figures(const json& report) {
    for (const reported_sample& sample : samples_of(report))
      for (const auto& [metric, values] : sample.figures)
        add({sample.workload, sample.contender, text_of_load(sample), metric}, values);
  }

  void add(const key& of, const std::vector<double>& values) {
    std::vector<double>& all = samples[of];
    if (all.empty()) order.push_back(of);
    all.insert(all.end(), values.begin(), values.end());
  }
};

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
  const json old_report = read_report(before);
  const json new_report = read_report(after);
  const figures old_figures(old_report);
  const figures new_figures(new_report);
  comparison found;
  found.warnings = warnings_about(old_report, new_report);
  for (const key& of : old_figures.order) {
    const auto same = new_figures.samples.find(of);
    if (same == new_figures.samples.end()) {
      found.only_in_one.push_back(text_of(of) + ": only in " + before);
      continue;
    }
    const std::vector<double>& old_samples = old_figures.samples.at(of);
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
