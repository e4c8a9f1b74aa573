// SPDX-License-Identifier: BSL-1.0
// Workload `length`: throughput over the length of the section, which shows where it bends.
//
// The budget, with 14 contenders and 7 rounds: 1.1 s a contender and round, two minutes.
#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/table.hpp"
#include "workloads/sections.hpp"

namespace bench {
namespace {

using measured = blocking_mutexes;

constexpr unsigned thread_count = 4;

std::vector<unsigned> lengths(bool quick) {  // in nanoseconds
  if (quick) return {0, 200, 1000, 20'000};
  return {0, 50, 100, 200, 500, 1000, 2000, 5000, 10'000, 20'000, 50'000};
}

together_tasks tasks_for(const settings& how) {
  together_tasks all;
  for (const unsigned ns : lengths(how.quick)) {
    const load with({"", static_cast<double>(ns), 0}, thread_count,
                    window_for(thread_count, how.quick));
    add_tasks<measured>(all, how, {{"ns_inside", ns}, {"threads", thread_count}},
                        [&]<class Contender> { return sections_of<Contender>(with); });
  }
  return all;
}

// A row for each contender, a column for each length.
void print_table(const together_tasks& all, const together_samples& samples) {
  std::vector<std::string> header{fmt::format("M/s, {} threads, ns inside:", thread_count)};
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t place = i - all[i].yardstick;
    if (place == 0) header.push_back(all[i].load["ns_inside"].dump());
    if (all[i].yardstick == 0) rows.push_back({all[i].contender});
    rows[place].push_back(fmt::format("{:.3f}", median(column(samples[i], &throughput::rate))));
  }
  table shown(std::move(header));
  for (auto& row : rows) shown.add(std::move(row));
  shown.print();
}

}  // namespace

outcome run_length(const settings& how, random_source& random) {
  return measure_together("length", tasks_for(how), how, random, print_table);
}

}  // namespace bench
