// SPDX-License-Identifier: BSL-1.0
// Workload `poison`: what poisoning adds to an uncontended pair.
#include <fmt/core.h>

#include "contenders/holdfast.hpp"
#include "harness/table.hpp"
#include "workloads/uncontended.hpp"

namespace bench {
namespace {

using measured = contenders<parking_lock, mutex_without_poisoning, mutex_of_long>;

}  // namespace

outcome run_poison(const settings& how, random_source& random) {
  const auto results = pair_results::measure("poison", pair_tasks<measured>(), how, random);
  table shown({"cost of poisoning", "ns", "IQR %", "ns more than bare", "/ bare"});
  for (const std::string_view name : results.contenders())
    shown.add({std::string(name), fmt::format("{:.2f}", results.nanoseconds(name)),
               fmt::format("{:.1f}", results.spread(name)),
               fmt::format("{:+.2f}", results.difference(name, parking_lock::name)),
               fmt::format("{:.3f}", results.ratio(name, parking_lock::name))});
  shown.print();
  const double cost = results.difference(mutex_of_long::name, mutex_without_poisoning::name);
  fmt::print("poisoning itself: {:+.2f} ns a pair\n", cost);
  results.print_method();
  auto json = results.to_json();
  json["poisoning_ns"] = cost;
  return {std::move(json), results.wrong()};
}

}  // namespace bench
