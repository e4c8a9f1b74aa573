// SPDX-License-Identifier: BSL-1.0
// Finding the samples of a report.
#include "samples.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/core.h>
#include <fmt/format.h>

namespace bench {
namespace {

bool is_list_of_numbers(const json& value) {
  return value.is_array() && !value.empty() && value.front().is_number();
}

bool is_list_of_samples(const std::string& name, const json& value) {
  return name != "goals" && value.is_array() && !value.empty() && value.front().is_object() &&
         value.front().contains("contender");
}

reported_sample sample_of(const std::string& workload, const std::string& list,
                          const json& fields) {
  reported_sample sample{workload, list, fields.at("contender"), {}, 0, {}};
  for (const auto& [name, value] : fields.items()) {
    if (name == "contender" || name == "offset_in_page") continue;
    if (name == "distance")
      sample.placement = value.get<long>();
    else if (value.is_string())
      sample.load.push_back(value);
    else if (value.is_number_integer())
      sample.load.push_back(fmt::format("{} {}", value.dump(), name));
    else if (value.is_number_float())
      sample.figures.emplace_back(name, std::vector{value.get<double>()});
    else if (is_list_of_numbers(value))
      sample.figures.emplace_back(name, value.get<std::vector<double>>());
  }
  return sample;
}

void collect(const std::string& workload, const std::string& place, const json& results,
             std::vector<reported_sample>& into) {
  for (const auto& [name, value] : results.items()) {
    if (is_list_of_samples(name, value)) {
      const std::string& list = place.empty() ? name : place;
      for (const json& fields : value) into.push_back(sample_of(workload, list, fields));
    } else if (workload == "sizes" && value.is_number()) {
      into.push_back({workload, "samples", name, {}, 0, {{"bytes", {value.get<double>()}}}});
    } else if (workload == "include" && name == "subjects") {
      for (const auto& [subject, figure] : value.items())
        into.push_back({workload,
                        "samples",
                        subject,
                        {},
                        0,
                        {{"cpu_ms", figure.at("cpu_ms").get<std::vector<double>>()}}});
    } else if (value.is_object() && value.contains("samples")) {
      collect(workload, name, value, into);
    }
  }
}

}  // namespace

std::vector<reported_sample> samples_of(const json& report) {
  std::vector<reported_sample> all;
  for (const auto& [workload, results] : report.at("workloads").items())
    collect(workload, "", results, all);
  return all;
}

json read_report(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  json all = json::parse(file, nullptr, false);
  if (!all.is_object() || !all.contains("machine") || !all.contains("workloads"))
    throw std::runtime_error(path + " is no report of holdfast-bench --json");
  try {
    samples_of(all);
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{} is damaged: {}", path, error.what()));
  }
  return all;
}

std::string text_of_load(const reported_sample& sample) {
  std::vector<std::string> parts;
  if (sample.list != "samples" && sample.list != "together" && sample.list != "pairs")
    parts.push_back(sample.list);
  parts.insert(parts.end(), sample.load.begin(), sample.load.end());
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace bench
