// SPDX-License-Identifier: BSL-1.0
// Workload `startup`: what a process pays for its first lock. This program is run again for every
// sample: once with a lock that it takes a single time, once without.
#include "workloads/startup.hpp"

#include <array>
#include <cstdlib>

#include <fmt/core.h>

#include "contenders/floors.hpp"
#include "contenders/lists.hpp"
#include "harness/host.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/rounds.hpp"
#include "workloads/tasks.hpp"

namespace bench {
namespace {

using measured = join<every_mutex, contenders<no_lock>>;

constexpr const char* first_lock = "--first-lock";

struct cost {
  double process = 0;     // microseconds from the start of the process to its end
  double first_pair = 0;  // nanoseconds of its first lock and unlock
};

// The median of some processes, one after the other.
cost sample_startup(const char* contender, int processes) {
  const std::string self = own_program();
  std::vector<double> times;
  std::vector<double> pairs;
  for (int i = 0; i < processes; ++i) {
    std::string said;
    const command_result result = run_command({self, first_lock, contender}, &said);
    if (result.exit_code != 0) throw std::runtime_error("cannot run " + self);
    times.push_back(result.seconds * 1e6);
    pairs.push_back(std::strtod(said.c_str(), nullptr));
  }
  return {median(times), median(pairs)};
}

template <class Contender>
void lock_for_the_first_time() {
  static typename Contender::template cell<cache_line> cell;
  const auto begin = clock::now();
  cell.with([](long& counter) {
    ++counter;
    keep(counter);
  });
  std::printf("%.0f\n", seconds_since(begin) * 1e9);
}

std::vector<task_of<cost>> tasks_for(const settings& how) {
  const int processes = how.quick ? 20 : 50;
  std::vector<task_of<cost>> all;
  add_tasks<measured>(all, how, {{"processes", processes}}, [&]<class Contender> {
    return [processes] { return sample_startup(Contender::name, processes); };
  });
  return all;
}

}  // namespace

bool is_first_lock(int argc, char** argv) {
  return argc == 3 && std::string_view(argv[1]) == first_lock;
}

int run_first_lock(const char* contender) {
  bool found = false;
  measured::for_each([&]<class Contender> {
    if (found || std::string_view(contender) != Contender::name) return;
    found = true;
    lock_for_the_first_time<Contender>();
  });
  return found ? 0 : 2;
}

outcome run_startup(const settings& how, random_source& random) {
  const auto all = tasks_for(how);
  quiet_room quiet(how.rounds * all.size());
  const auto samples = in_rounds<cost>("startup", all, how, random, quiet);

  outcome result;
  table shown(
      {"startup", "us a process", "IQR %", "/ std::mutex", "ns of the first pair", "IQR %"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto processes = column(samples[i], &cost::process);
    const auto pairs = column(samples[i], &cost::first_pair);
    shown.add({all[i].contender, fmt::format("{:.1f}", median(processes)),
               fmt::format("{:.1f}", spread_percent(processes)),
               fmt::format("{:.3f}", ratio(samples[i], samples[all[i].yardstick], &cost::process)),
               fmt::format("{:.0f}", median(pairs)), fmt::format("{:.0f}", spread_percent(pairs))});
    for (const cost& c : samples[i]) {
      nlohmann::ordered_json line{{"contender", all[i].contender}};
      line.update(all[i].load);
      line["process_us"] = c.process;
      line["first_pair_ns"] = c.first_pair;
      result.results["samples"].push_back(std::move(line));
    }
  }
  shown.print();
  fmt::print(
      "the process is this one, with all its libraries; a pair has two readings of the clock\n");
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  return result;
}

}  // namespace bench
