// SPDX-License-Identifier: BSL-1.0
// The command holdfast-simulate.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <ranges>
#include <string>
#include <string_view>
#include <system_error>
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
  std::vector<std::string> threads{"1x"};
  std::vector<std::string> sections{"0+0", "0+100", "1000+0"};
  std::vector<std::string> locks;
  std::vector<std::string> costs_said;
  std::string json;
  double warm_up_ms = 20;
  double ms = 20;
  std::uint64_t seed = 1;
  bool list = false;
};

bool is_asked_for(const std::vector<std::string>& asked, std::string_view name) {
  return asked.empty() || std::ranges::find(asked, name) != asked.end();
}

template <class T>
T number_in(std::string_view text, const char* option) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0)
    throw CLI::ValidationError(option, std::string(text) + " is no number");
  return number;
}

// "8", or "4x": four a CPU.
unsigned threads_of(std::string_view said, unsigned cpus) {
  const bool times = said.ends_with('x');
  const auto number =
      number_in<unsigned>(said.substr(0, said.size() - (times ? 1 : 0)), "--threads");
  return times ? number * cpus : number;
}

// INSIDE+OUTSIDE.
work section_of(std::string_view said) {
  const auto plus = said.find('+');
  if (plus == said.npos) throw CLI::ValidationError("--sections", "INSIDE+OUTSIDE in nanoseconds");
  return {number_in<ns>(said.substr(0, plus), "--sections"),
          number_in<ns>(said.substr(plus + 1), "--sections")};
}

costs costs_of(const std::vector<std::string>& said) {
  costs all;
  for (const std::string& each : said) {
    const auto equals = each.find('=');
    const auto* const found = std::ranges::find_if(
        all_costs, [&](const cost_name& known) { return each.substr(0, equals) == known.name; });
    if (equals == std::string::npos || found == std::end(all_costs))
      throw CLI::ValidationError("--cost", each + " is no NAME=NANOSECONDS; see --list");
    all.*found->value = number_in<ns>(std::string_view(each).substr(equals + 1), "--cost");
  }
  return all;
}

void print_list(const costs& cost) {
  fmt::print("locks:\n");
  for (const contender& each : all_contenders()) fmt::print("  {:24}{}\n", each.name, each.what);
  fmt::print("\ncosts, in nanoseconds (bench/simulator/costs.hpp tells where they come from):\n");
  for (const cost_name& each : all_costs) fmt::print("  {:12}{}\n", each.name, cost.*each.value);
}

std::vector<experiment> experiments_of(const settings& how) {
  std::vector<experiment> all;
  for (const std::string& section : how.sections)
    for (const unsigned cpus : how.cpus)
      for (const unsigned sockets : how.sockets)
        for (const std::string& threads : how.threads)
          all.push_back({.where = {.cpus = cpus, .sockets = sockets},
                         .cost = costs_of(how.costs_said),
                         .threads = threads_of(threads, cpus),
                         .each = section_of(section),
                         .warm_up = static_cast<ns>(how.warm_up_ms * 1e6),
                         .lasts = static_cast<ns>(how.ms * 1e6),
                         .seed = how.seed});
  return all;
}

std::string shown(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "-";
}

std::vector<std::string> row_of(const contender& lock, const result& came) {
  return {lock.name,
          fmt::format("{:.3g}", came.sections_per_us),
          shown(came.transfers - came.far_transfers, 2),
          shown(came.far_transfers, 2),
          shown(came.transfers_of_lock, 2),
          shown(came.sleeps, 4),
          shown(came.wakes, 4),
          shown(came.cpus, 2),
          shown(came.jain, 2),
          shown(static_cast<double>(came.longest_wait) / 1e6, 2)};
}

nlohmann::json json_of(const experiment& how, const contender& lock, const result& came) {
  return {{"inside_ns", how.each.inside},
          {"outside_ns", how.each.outside},
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
    fmt::print("{} ns inside, {} outside; {} CPUs on {}; {} threads\n", each.each.inside,
               each.each.outside, each.where.cpus,
               each.where.sockets == 1 ? "1 socket" : fmt::format("{} sockets", each.where.sockets),
               each.threads);
    bench::table results(
        {"", "M/s", "near", "far", "lock's", "sleeps", "wakes", "CPUs", "Jain", "longest ms"});
    for (const contender& lock : all_contenders()) {
      if (!is_asked_for(how.locks, lock.name)) continue;
      const result came = lock.run(each);
      sound = sound && came.broken == 0 && came.lost == 0;
      results.add(row_of(lock, came));
      samples.push_back(json_of(each, lock, came));
    }
    results.print();
    fmt::print("\n");
  }
  if (samples.empty()) throw CLI::ValidationError("nothing to simulate; see --list");
  if (!how.json.empty()) {
    nlohmann::json cost;
    for (const cost_name& each : all_costs) cost[each.name] = costs_of(how.costs_said).*each.value;
    std::ofstream file(how.json);
    file << nlohmann::json{{"seed", how.seed},
                           {"warm_up_ms", how.warm_up_ms},
                           {"ms", how.ms},
                           {"costs_ns", cost},
                           {"samples", samples}}
                .dump(1)
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
  command.add_option("--sockets", how.sockets, "on how many sockets each")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--threads", how.threads, "numbers of threads; 4x: four a CPU")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--sections", how.sections, "INSIDE+OUTSIDE: work with and without the lock")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--locks", how.locks, "only these (default: all)")->delimiter(',');
  command.add_option("--cost", how.costs_said, "NAME=NANOSECONDS in the place of a default")
      ->delimiter(',');
  command.add_option("--warm-up-ms", how.warm_up_ms, "virtual time before")->capture_default_str();
  command.add_option("--ms", how.ms, "virtual time of a run")->capture_default_str();
  command.add_option("--seed", how.seed, "another run of the same")->capture_default_str();
  command.add_option("--json", how.json, "write the results to this file");
  command.add_flag("--list", how.list, "locks and costs");
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
