// SPDX-License-Identifier: BSL-1.0
// The figures of several threads, as cells of a table.
#include "workloads/together.hpp"

#include <fmt/core.h>

#include "harness/table.hpp"

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

outcome measure_together(const char* name, const together_tasks& tasks, const settings& how,
                         random_source& random,
                         void (*print)(const together_tasks&, const together_samples&)) {
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = in_rounds<throughput>(name, tasks, how, random, quiet);
  print(tasks, samples);
  fmt::print("{}\n", quiet.summary("samples"));
  outcome result;
  result.results["samples_taken"] = quiet.to_json();
  report(result, "samples", tasks, samples, [](const auto& each) { return each.load; });
  return result;
}

void print_together(const char* title, const together_tasks& tasks,
                    const together_samples& samples) {
  std::vector<std::string> header{title};
  for (const auto& [dimension, value] : tasks.front().load.items()) header.push_back(dimension);
  for (const char* figure : {"M/s", "IQR %", "/ std::mutex", "Jain", "CPUs"})
    header.emplace_back(figure);
  table shown(std::move(header));
  for (std::size_t i = 0; i < tasks.size(); ++i)
    shown.add(row_of(tasks[i].cells(), samples[i], samples[tasks[i].yardstick]));
  shown.print();
}

}  // namespace bench
