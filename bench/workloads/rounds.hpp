// SPDX-License-Identifier: BSL-1.0
// What workloads of several threads share: every task once a round, in random order and in peace.
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "harness/host.hpp"
#include "harness/progress.hpp"
#include "harness/quiet.hpp"
#include "harness/statistics.hpp"
#include "harness/timing.hpp"
#include "workloads/workload.hpp"

namespace bench {

// How long a sample lasts.
inline std::chrono::milliseconds window_of(bool quick) {
  return std::chrono::milliseconds(quick ? 60 : 250);
}

struct spent {
  double seconds;
  double cpu;  // seconds of CPU time
};

// Lets threads that have just begun run for `window`, and then calls `end`.
template <class End>
spent let_run(std::chrono::milliseconds window, End end) {
  const auto begin = clock::now();
  const double cpu = cpu_time_now().own;
  std::this_thread::sleep_for(window);
  end();
  const double cpu_used = cpu_time_now().own - cpu;
  return {seconds_since(begin), cpu_used};
}

// The samples of each task, in the order of the rounds. A task is called and returns its sample.
template <class Sample, class Task>
std::vector<std::vector<Sample>> in_rounds(const char* name, const std::vector<Task>& tasks,
                                           const settings& how, random_source& random,
                                           quiet_room& quiet) {
  std::vector<std::vector<Sample>> samples(tasks.size());
  progress shown(name, how.rounds * tasks.size());
  for (std::size_t round = 0; round < how.rounds; ++round)
    for (const std::size_t i : shuffled(tasks.size(), random)) {
      quiet.probe_placement();
      samples[i].push_back(quiet.sample([&] { return tasks[i](); }));
      shown.advance();
    }
  return samples;
}

template <class Sample>
std::vector<double> column(const std::vector<Sample>& samples, double Sample::* member) {
  std::vector<double> values;
  values.reserve(samples.size());
  for (const Sample& s : samples) values.push_back(s.*member);
  return values;
}

// The median of the ratios of the same round.
template <class Sample>
double ratio(const std::vector<Sample>& samples, const std::vector<Sample>& to,
             double Sample::* member) {
  std::vector<double> ratios;
  ratios.reserve(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    ratios.push_back(samples[i].*member / to[i].*member);
  return median(ratios);
}

}  // namespace bench
