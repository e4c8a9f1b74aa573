// SPDX-License-Identifier: BSL-1.0
// The figures of several threads, as cells of a table.
#include "workloads/together.hpp"

#include <fmt/core.h>

namespace bench {

std::vector<std::string> row_of(std::vector<std::string> task,
                                const std::vector<throughput>& samples,
                                const std::vector<throughput>& yardstick, int digits) {
  const auto rates = column(samples, &throughput::rate);
  task.push_back(fmt::format("{:.{}f}", median(rates), digits));
  task.push_back(fmt::format("{:.0f}", spread_percent(rates)));
  task.push_back(fmt::format("{:.2f}", ratio(samples, yardstick, &throughput::rate)));
  task.push_back(fmt::format("{:.2f}", median(column(samples, &throughput::fairness))));
  task.push_back(fmt::format("{:.2f}", median(column(samples, &throughput::cpus))));
  return task;
}

}  // namespace bench
