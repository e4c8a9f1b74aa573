// SPDX-License-Identifier: BSL-1.0
// The command holdfast-simulate.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <ranges>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "harness/table.hpp"
#include "simulator/experiment.hpp"

namespace simulator {
namespace {

struct settings {
  std::vector<unsigned> cpus{2, 8, 64, 128};
  std::vector<unsigned> sockets{1};
  std::vector<unsigned> threads;
  std::vector<std::string> locks;
  std::vector<std::string> shapes;
  std::vector<std::string> costs_said;
  std::string json;
  double warm_up_ms = 20;
  double ms = 20;
  std::uint64_t seed = 1;
  bool list = false;
};

// By its beginning.
bool is_asked_for(const std::vector<std::string>& asked, std::string_view name) {
  return asked.empty() ||
         std::ranges::any_of(asked, [name](const auto& each) { return name.starts_with(each); });
}

costs costs_of(const std::vector<std::string>& said) {
  costs all;
  for (const std::string& each : said) {
    const auto equals = each.find('=');
    const auto* const found = std::ranges::find_if(
        all_costs, [&](const cost_name& known) { return each.substr(0, equals) == known.name; });
    if (equals == std::string::npos || found == std::end(all_costs))
      throw CLI::ValidationError("--cost", each + " is no NAME=NANOSECONDS; see --list");
    all.*found->value = std::stoll(each.substr(equals + 1));
  }
  return all;
}

void print_list(const costs& cost) {
  fmt::print("locks:\n");
  for (const contender& each : all_contenders()) fmt::print("  {:24}{}\n", each.name, each.what);
  fmt::print("\nshapes:\n");
  for (const shape& each : all_shapes) fmt::print("  {}\n", each.name);
  fmt::print("\ncosts, in nanoseconds (bench/simulator/costs.hpp tells where they come from):\n");
  for (const cost_name& each : all_costs) fmt::print("  {:12}{}\n", each.name, cost.*each.value);
}

std::vector<experiment> experiments_of(const settings& how) {
  std::vector<experiment> all;
  for (const shape& form : all_shapes)
    if (is_asked_for(how.shapes, form.name))
      for (const unsigned cpus : how.cpus)
        for (const unsigned sockets : how.sockets)
          for (const unsigned threads :
               how.threads.empty() ? std::vector<unsigned>{cpus} : how.threads)
            all.push_back({.where = {.cpus = cpus, .sockets = sockets},
                           .cost = costs_of(how.costs_said),
                           .threads = threads,
                           .form = form,
                           .warm_up = static_cast<ns>(how.warm_up_ms * 1e6),
                           .lasts = static_cast<ns>(how.ms * 1e6),
                           .seed = how.seed});
  return all;
}

std::vector<std::string> row_of(const contender& lock, const result& came) {
  return {lock.name,
          fmt::format("{:.3g}", came.sections_per_us),
          fmt::format("{:.2f}", came.transfers),
          fmt::format("{:.2f}", came.transfers_of_lock),
          fmt::format("{:.2f}", came.far_transfers),
          fmt::format("{:.2f}", came.jain),
          fmt::format("{:.2f}", came.cpus),
          fmt::format("{:.4f}", came.sleeps),
          fmt::format("{:.4f}", came.wakes),
          fmt::format("{:.1f}", static_cast<double>(came.longest_wait) / 1e3)};
}

nlohmann::json json_of(const experiment& how, const contender& lock, const result& came) {
  return {{"shape", how.form.name},
          {"cpus", how.where.cpus},
          {"sockets", how.where.sockets},
          {"threads", how.threads},
          {"lock", lock.name},
          {"sections_per_us", came.sections_per_us},
          {"transfers_a_section", came.transfers},
          {"transfers_of_lock_a_section", came.transfers_of_lock},
          {"far_transfers_a_section", came.far_transfers},
          {"jain", came.jain},
          {"cpus_used", came.cpus},
          {"sleeps_a_section", came.sleeps},
          {"wakes_a_section", came.wakes},
          {"longest_wait_ns", came.longest_wait},
          {"broken", came.broken},
          {"lost", came.lost}};
}

int run(const settings& how) {
  if (how.list) return print_list(costs_of(how.costs_said)), 0;
  nlohmann::json samples = nlohmann::json::array();
  bool sound = true;
  for (const experiment& each : experiments_of(how)) {
    bench::table shown({fmt::format("{}, {} CPUs on {}, {} threads", each.form.name,
                                    each.where.cpus, each.where.sockets, each.threads),
                        "1/us", "lines", "lock's", "far", "Jain", "CPUs", "sleeps", "wakes",
                        "longest us"});
    for (const contender& lock : all_contenders()) {
      if (!is_asked_for(how.locks, lock.name)) continue;
      const result came = lock.run(each);
      sound = sound && came.broken == 0 && came.lost == 0;
      shown.add(row_of(lock, came));
      samples.push_back(json_of(each, lock, came));
    }
    shown.print();
    fmt::print("\n");
  }
  if (samples.empty()) throw CLI::ValidationError("nothing to simulate; see --list");
  if (!how.json.empty()) {
    nlohmann::json cost;
    for (const cost_name& each : all_costs) cost[each.name] = costs_of(how.costs_said).*each.value;
    std::ofstream file(how.json);
    file << nlohmann::json{{"seed", how.seed}, {"costs_ns", cost}, {"samples", samples}}.dump(1)
         << '\n';
    if (!file.flush()) throw CLI::FileError("cannot write " + how.json);
  }
  if (!sound) fmt::print("WRONG: a lock let two threads in, or left one asleep (see --json)\n");
  return sound ? 0 : 1;
}

int parse_and_run(int count, char** arguments) {
  settings how;
  CLI::App command("How locks scale on a simulated machine. Nothing here is measured.",
                   "holdfast-simulate");
  command.add_option("--cpus", how.cpus, "numbers of CPUs")->delimiter(',')->capture_default_str();
  command.add_option("--sockets", how.sockets, "on how many sockets each")->delimiter(',');
  command.add_option("--threads", how.threads, "numbers of threads (default: one a CPU)")
      ->delimiter(',');
  command.add_option("--locks", how.locks, "only these, by how their names begin")->delimiter(',');
  command.add_option("--shape", how.shapes, "only these shapes, the same; again for more");
  command.add_option("--cost", how.costs_said, "NAME=NANOSECONDS in the place of a default")
      ->delimiter(',');
  command.add_option("--warm-up-ms", how.warm_up_ms, "virtual time before")->capture_default_str();
  command.add_option("--ms", how.ms, "virtual time of a run")->capture_default_str();
  command.add_option("--seed", how.seed, "another run of the same")->capture_default_str();
  command.add_option("--json", how.json, "write the results to this file");
  command.add_flag("--list", how.list, "locks, shapes and costs");
  try {
    command.parse(count, arguments);
    return run(how);
  } catch (const CLI::Error& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
}

}  // namespace
}  // namespace simulator

int main(int count, char** arguments) {
  try {
    return simulator::parse_and_run(count, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "holdfast-simulate: {}\n", error.what());
    return 2;
  }
}
