// SPDX-License-Identifier: BSL-1.0
// Assigns threads and increments to locks, and lets them count.
#include "counter_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "output.hpp"

namespace cli {
namespace {

// Without a lock nothing is lost while the threads happen not to overlap, as on a busy machine.
constexpr int rounds_without_loss = 20;
constexpr double seconds_without_loss = 0.5;

assignment assign(const counter_lock& lock, const counter_options& options) {
  assignment task{&lock, options.threads, options.increments, ""};
  if (lock.where == suits::two_threads && options.threads > 2) {
    task.threads = 2;
    task.note = "2 threads: it is for two parties";
  }
  return task;
}

counter_row run_once(const assignment& task) {
  return {task, task.lock->count(task.threads, task.increments)};
}

}  // namespace

std::vector<assignment> plan_counter(const counter_options& options) {
  std::vector<assignment> tasks;
  for (const counter_lock& lock : counter_locks()) {
    const auto& names = options.locks;
    if (names.empty() || std::find(names.begin(), names.end(), lock.name) != names.end())
      tasks.push_back(assign(lock, options));
  }
  return tasks;
}

counter_row carry_out(const assignment& task) {
  counter_row row = run_once(task);
  if (task.lock->name != no_lock || task.threads == 1) return row;
  double seconds = row.got.cost.seconds;
  int rounds = 1;
  for (; row.lost() == 0 && rounds < rounds_without_loss && seconds < seconds_without_loss;
       ++rounds) {
    row = run_once(task);
    seconds += row.got.cost.seconds;
  }
  if (rounds > 1)
    row.asked.note =
        row.lost() == 0 ? fmt::format("nothing lost in {} rounds: threads never overlapped", rounds)
                        : fmt::format("round {}: before, the threads did not overlap", rounds);
  return row;
}

}  // namespace cli
