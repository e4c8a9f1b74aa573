// SPDX-License-Identifier: BSL-1.0
// How loud it was.
#include "harness/quiet.hpp"

#include <fmt/core.h>

namespace bench {

double quiet_room::load_since(const cpu_time& before, clock::time_point begin) {
  const cpu_time now = cpu_time_now();
  const double others = (now.everyone - before.everyone) - (now.own - before.own) - cpu_time::tick;
  return std::max(0.0, others) / seconds_since(begin);
}

std::string quiet_room::summary(const char* unit) const {
  std::string line =
      fmt::format("{} {} kept, {} rejected because others used more than {} of a CPU", kept_, unit,
                  rejected_, tolerated_load);
  if (disturbed_ > 0)
    line += fmt::format("; {} of the kept are DISTURBED all the same", disturbed_);
  if (placement_.probes() > 0) line += '\n' + placement_.summary();
  return line;
}

nlohmann::ordered_json quiet_room::to_json() const {
  nlohmann::ordered_json json{{"kept", kept_},
                              {"rejected", rejected_},
                              {"disturbed", disturbed_},
                              {"tolerated_load", tolerated_load}};
  if (placement_.probes() > 0) json["placement"] = placement_.to_json();
  return json;
}

}  // namespace bench
