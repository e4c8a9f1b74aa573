// SPDX-License-Identifier: BSL-1.0
// Workload `pair`: one uncontended lock and unlock, and whether the goals for it are reached.
#include <fmt/core.h>

#include "contenders/floors.hpp"
#include "contenders/lists.hpp"
#include "harness/table.hpp"
#include "workloads/uncontended.hpp"

namespace bench {
namespace {

using measured = join<contenders<no_lock, floor_store, floor_calls, floor_swap>, every_mutex>;

// Those of parking_lock and mutex<long> are in bench/goals_list.cpp.
constexpr pair_goal goals[] = {{spin_lock::name, std_mutex::name, 0.42}};

void print_table(const pair_results& results) {
  table shown({"uncontended pair", "ns", "IQR %", "by placement", "/ std::mutex", "/ floor"});
  for (const std::string_view name : results.contenders()) {
    const auto by_placement = results.by_placement(name);
    const auto [low, high] = std::ranges::minmax(by_placement);
    shown.add({std::string(name), fmt::format("{:.2f}", results.nanoseconds(name)),
               fmt::format("{:.1f}", results.spread(name)),
               fmt::format("{:.2f} to {:.2f}", low, high),
               fmt::format("{:.2f}", results.ratio(name, std_mutex::name)),
               fmt::format("{:.2f}", results.ratio(name, floor_store::name))});
  }
  shown.print();
  fmt::print("ratios are between samples of the same round; floor = {}\n", floor_store::name);
  results.print_method();
}

}  // namespace

outcome run_pair(const settings& how, random_source& random) {
  const auto results = pair_results::measure("pair", pair_tasks<measured>(), how, random);
  print_table(results);
  fmt::print("goals for the phase second-thread-asleep, ratio in the same round:\n");
  auto json = results.to_json();
  json["goals"] = print_goals(results, goals);
  return {std::move(json), results.wrong()};
}

}  // namespace bench
