// SPDX-License-Identifier: BSL-1.0
// The list of workloads and what they share.
#include "workloads/workload.hpp"

#include <fmt/core.h>

namespace bench {

std::span<const workload> all_workloads() {
  static constexpr workload workloads[] = {
      {"sizes", "bytes of each lock", run_sizes},
      {"pair", "one uncontended lock and unlock", run_pair},
      {"poison", "what poisoning adds to that", run_poison},
      {"contended", "throughput, fairness and CPU time with several threads", run_contended},
      {"include", "compile time of #include <holdfast/mutex.hpp>", run_include},
  };
  return workloads;
}

void print_quiet(const quiet_statistics& statistics, const char* unit) {
  fmt::print("{0} {1} kept, {2} taken again because others used more than {3} of a CPU",
             statistics.kept, unit, statistics.rejected, tolerated_load);
  if (statistics.disturbed > 0)
    fmt::print("; {} of the kept were DISTURBED: no try was quiet", statistics.disturbed);
  fmt::print("\n");
}

nlohmann::ordered_json to_json(const quiet_statistics& statistics) {
  return {{"kept", statistics.kept},
          {"rejected", statistics.rejected},
          {"disturbed", statistics.disturbed},
          {"tolerated_load", tolerated_load}};
}

}  // namespace bench
