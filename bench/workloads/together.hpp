// SPDX-License-Identifier: BSL-1.0
// Several threads that do the same for a while: how that is sampled, shown and reported.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contenders/cell.hpp"
#include "harness/statistics.hpp"
#include "workloads/rounds.hpp"
#include "workloads/tasks.hpp"

namespace bench {

struct throughput {
  double rate = 0;    // million rounds a second
  double rounds = 0;  // of all threads
  double fairness = 1;
  double cpus = 0;  // used on average
  bool correct = true;
};

// Every thread calls `work(number, over)`, which returns the rounds that it made until `over`.
template <class Work>
throughput run_together(unsigned thread_count, std::chrono::milliseconds window, Work work) {
  struct alignas(2 * cache_line) own_count {
    std::uint64_t rounds = 0;
  };
  std::vector<own_count> counts(thread_count);
  std::atomic<bool> over{false};
  std::latch ready(thread_count + 1);
  std::vector<std::jthread> threads;
  threads.reserve(thread_count);
  for (unsigned i = 0; i < thread_count; ++i)
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      counts[i].rounds = work(i, std::as_const(over));
    });
  ready.arrive_and_wait();
  const spent used = let_run(window, [&] { over.store(true, std::memory_order_relaxed); });
  threads.clear();  // joins

  throughput result;
  std::vector<double> shares;
  for (const own_count& count : counts) {
    shares.push_back(static_cast<double>(count.rounds));
    result.rounds += shares.back();
  }
  result.rate = result.rounds / used.seconds * 1e-6;
  result.fairness = jain(shares);
  result.cpus = used.cpu / used.seconds;
  return result;
}

// The row of a table for one task: what it is, and then M/s, IQR %, ratio to the yardstick, Jain,
// CPUs. `digits` are those of the rate.
std::vector<std::string> row_of(std::vector<std::string> task,
                                const std::vector<throughput>& samples,
                                const std::vector<throughput>& yardstick, int digits = 2);

// Puts every sample into the list `name` of the results: its contender, what `details(task)` says,
// and its figures.
template <class Task, class Details>
void report(outcome& into, const char* name, const std::vector<Task>& tasks,
            const std::vector<std::vector<throughput>>& samples, Details details) {
  for (std::size_t i = 0; i < tasks.size(); ++i)
    for (const throughput& s : samples[i]) {
      if (!s.correct) into.wrong.emplace(tasks[i].contender);
      nlohmann::ordered_json line;
      line["contender"] = tasks[i].contender;
      line.update(details(tasks[i]));
      line["million_a_second"] = s.rate;
      line["jain"] = s.fairness;
      line["cpus"] = s.cpus;
      into.results[name].push_back(std::move(line));
    }
}

using together_tasks = std::vector<task_of<throughput>>;
using together_samples = std::vector<std::vector<throughput>>;

// How long a sample lasts: with many threads it takes longer until each had its turn.
inline std::chrono::milliseconds window_for(unsigned threads, bool quick) {
  if (quick) return std::chrono::milliseconds(50);
  return std::chrono::milliseconds(threads < 64 ? 80 : 160);
}

// Takes the samples of all tasks, lets them be printed, and reports them.
outcome measure_together(const char* name, const together_tasks& tasks, const settings& how,
                         random_source& random,
                         void (*print)(const together_tasks&, const together_samples&));

// One table: a row for each task, a column for each dimension of its load.
void print_together(const char* title, const together_tasks& tasks,
                    const together_samples& samples);

}  // namespace bench
