// SPDX-License-Identifier: BSL-1.0
// The goals of the library, and which of them a report reaches.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "samples.hpp"

namespace bench {

enum class sense { at_least, at_most };

// What a figure of ours is divided by; `no_one`: the figure itself is meant; `one_thread`: the same
// contender with one thread, which is as fast as the machine was in that round.
enum class beside { no_one, one_named, best_rival, best_blocking_rival, one_thread };

struct goal {
  std::string workload = {};
  std::string list = "samples";
  std::vector<std::string> load = {};  // "empty section"
  std::vector<unsigned> threads = {};  // each is a cell of the goal; none: the load says it all
  bool any_threads = false;            // as many cells as were measured
  std::string contender = {};          // ours
  std::string metric = "million_a_second";  // as the report has it
  std::string what = "throughput";          // as people say it
  sense limit_is = sense::at_least;
  double limit = 1;
  enum beside beside = beside::best_rival;
  std::string rival = {};  // of one_named
  double in_unit = 1;      // a figure without a rival is multiplied by it
  std::string unit = {};
};

// bench/goals_list.cpp
const std::vector<goal>& all_goals();

// One contender beside one rival under one load.
struct goal_cell {
  std::string load;   // "4 threads"
  double figure;      // the median of the ratios of the same round, or of ours
  std::string rival;  // empty without one
  bool reached;
};

struct goal_result {
  std::string workload;
  std::string load;  // "empty section, 4 to 64 threads"
  std::string text;  // "throughput of parking_lock >= 2 x the best rival"
  double limit;
  std::vector<goal_cell> cells;  // none: not measured
  std::size_t worst = 0;         // of the cells: the one that decides
  bool reached() const { return !cells.empty() && cells[worst].reached; }
};

std::vector<goal_result> reached_goals(const json& report);

// Puts into the report which goals are reached and which contenders are ours.
void add_goals(json& report, const std::vector<goal_result>& results);

// To standard output; without `all`, only what was measured.
void print(const std::vector<goal_result>& results, bool all);

}  // namespace bench
