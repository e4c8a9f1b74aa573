// SPDX-License-Identifier: BSL-1.0
// Workload `fibers` in a build without them: nothing.
#include <fmt/core.h>

#include "workloads/workload.hpp"

namespace bench {

outcome run_fibers(const settings&, random_source&) {
  fmt::print("fibers: left out, as this build has none\n");
  return {nlohmann::ordered_json::object(), {}};
}

}  // namespace bench
