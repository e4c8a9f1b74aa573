// SPDX-License-Identifier: BSL-1.0
// What workloads of several threads share: every task once a round, in random order and in peace.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/progress.hpp"
#include "harness/quiet.hpp"
#include "harness/statistics.hpp"
#include "workloads/workload.hpp"

namespace bench {

// The samples of each task, in the order of the rounds. A task is called and returns its sample.
template <class Sample, class Task>
std::vector<std::vector<Sample>> in_rounds(const char* name, const std::vector<Task>& tasks,
                                           const settings& how, random_source& random,
                                           quiet_room& quiet) {
  std::vector<std::vector<Sample>> samples(tasks.size());
  progress shown(name, how.rounds * tasks.size());
  for (std::size_t round = 0; round < how.rounds; ++round)
    for (const std::size_t i : shuffled(tasks.size(), random)) {
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
