// SPDX-License-Identifier: BSL-1.0
// What is to be sampled: every contender of a list, under every load.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "contenders/cell.hpp"
#include "workloads/workload.hpp"

namespace bench {

// One contender under one load.
template <class Sample>
struct task_of {
  const char* contender;
  nlohmann::ordered_json load;  // what is measured, in texts and whole numbers
  std::size_t yardstick;        // the task of the list's first contender under the same load
  std::function<Sample()> run;

  Sample operator()() const { return run(); }

  // The contender and its load as the first cells of a row.
  std::vector<std::string> cells() const {
    std::vector<std::string> row{contender};
    for (const auto& value : load)
      row.push_back(value.is_string() ? value.template get<std::string>() : value.dump());
    return row;
  }
};

// Adds a task for each contender of `List` that is asked for. The first is the yardstick and always
// takes part. `sampler.operator()<Contender>()` returns what takes a sample.
template <class List, class Sample, class Sampler>
void add_tasks(std::vector<task_of<Sample>>& tasks, const settings& how,
               const nlohmann::ordered_json& load, Sampler sampler) {
  const std::size_t yardstick = tasks.size();
  List::for_each([&]<class Contender> {
    if (tasks.size() == yardstick || is_asked_for(how.contenders, Contender::name))
      tasks.push_back({Contender::name, load, yardstick, sampler.template operator()<Contender>()});
  });
}

// The thread counts of a workload, unless others are asked for.
inline std::vector<unsigned> threads_of(const settings& how, std::vector<unsigned> usual,
                                        std::vector<unsigned> quick) {
  if (!how.threads.empty()) return how.threads;
  return how.quick ? std::move(quick) : std::move(usual);
}

}  // namespace bench
