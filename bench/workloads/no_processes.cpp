// SPDX-License-Identifier: BSL-1.0
// Workload `processes` in a build without holdfast::process: nothing.
#include <fmt/core.h>

#include "workloads/workload.hpp"

namespace bench {

outcome run_processes(const settings&, random_source&) {
  fmt::print("processes: left out, as this build has no locks between them\n");
  return {nlohmann::ordered_json::object(), {}};
}

}  // namespace bench
