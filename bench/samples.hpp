// SPDX-License-Identifier: BSL-1.0
// The samples of a report, as `--json` writes it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

using json = nlohmann::ordered_json;

// What a contender did in one round. A whole number or a text of the report says what was measured,
// a fraction or a list what came out.
struct reported_sample {
  std::string workload;
  std::string list;  // of the workload's results: "samples"
  std::string contender;
  std::vector<std::string> load;  // "empty section", "4 threads"
  long placement = 0;             // bytes from lock to data, if that was varied
  std::vector<std::pair<std::string, std::vector<double>>> figures;  // "ns"
};

// All of a report, in its order: those of one contender under one load are in the order of the
// rounds. Throws nlohmann::json::exception if it is damaged.
std::vector<reported_sample> samples_of(const json& report);

// Throws std::runtime_error, with the file's name, if it cannot be read or is no report.
json read_report(const std::string& path);

// "empty section, 4 threads"; begins with the name of a list that is not one of the usual.
std::string text_of_load(const reported_sample& sample);

}  // namespace bench
