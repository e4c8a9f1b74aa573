// SPDX-License-Identifier: BSL-1.0
// Workload `shared`: reader-writer locks, uncontended and with several threads that read most of the
// time.
#include <atomic>
#include <functional>

#include <fmt/core.h>

#include "contenders/floors.hpp"
#include "contenders/lists.hpp"
#include "harness/random.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/together.hpp"
#include "workloads/uncontended.hpp"

namespace bench {
namespace {

using alone = join<contenders<floor_calls, floor_swap>, every_reader, every_rw_lock>;
using together = every_rw_lock;

constexpr unsigned thread_counts[] = {2, 8};
constexpr unsigned percents_of_writes[] = {0, 1, 10, 50};

struct goal {
  unsigned percent;  // of writes, on 2 threads
  double at_least;   // times the rate of std::shared_mutex
};
constexpr goal goals[] = {{0, 6}, {1, 8}, {10, 8}};
constexpr double read_pair_at_most = 0.25;

// Two words that are equal whenever nobody writes.
template <class Lock>
struct alignas(2 * cache_line) place {
  Lock lock;
  alignas(2 * cache_line) long first = 0;
  long second = 0;
};

// What a thread has done and seen.
struct alignas(2 * cache_line) account {
  std::uint64_t sections = 0;
  long writes = 0;
  bool torn = false;
};

template <class Lock>
account read_and_write(place<Lock>& shared, unsigned percent, std::uint64_t seed,
                       const std::atomic<bool>& over) {
  random_numbers random(seed);
  account counted;
  while (!over.load(std::memory_order_relaxed)) {
    if (random.below(100) < percent) {
      shared.lock.lock();
      ++shared.first;
      keep(shared.first);
      ++shared.second;
      shared.lock.unlock();
      ++counted.writes;
    } else {
      shared.lock.lock_shared();
      const long first = *const_cast<const volatile long*>(&shared.first);
      const long second = *const_cast<const volatile long*>(&shared.second);
      shared.lock.unlock_shared();
      counted.torn = counted.torn || first != second;
    }
    ++counted.sections;
  }
  return counted;
}

template <class Contender>
throughput sample_together(unsigned thread_count, unsigned percent,
                           std::chrono::milliseconds window) {
  const auto shared = std::make_unique<place<typename Contender::rw_lock_type>>();
  std::vector<account> accounts(thread_count);
  throughput result =
      run_together(thread_count, window, [&](unsigned i, const std::atomic<bool>& over) {
        accounts[i] = read_and_write(*shared, percent, i, over);
        return accounts[i].sections;
      });
  long writes = 0;
  for (const account& each : accounts) {
    result.correct = result.correct && !each.torn;
    writes += each.writes;
  }
  result.correct = result.correct && shared->first == writes && shared->second == writes;
  return result;
}

struct task {
  const char* contender;
  unsigned threads;
  unsigned percent;
  std::size_t yardstick;  // the task of std::shared_mutex under the same load
  std::function<throughput()> run;
  throughput operator()() const { return run(); }
};

std::vector<task> all_tasks(const settings& how) {
  const std::chrono::milliseconds window = window_of(how.quick);
  std::vector<task> tasks;
  for (const unsigned threads : thread_counts)
    for (const unsigned percent : percents_of_writes) {
      const std::size_t yardstick = tasks.size();
      together::for_each([&]<class Contender> {
        tasks.push_back({Contender::name, threads, percent, yardstick,
                         [=] { return sample_together<Contender>(threads, percent, window); }});
      });
    }
  return tasks;
}

nlohmann::ordered_json report_pairs(const pair_results& results) {
  table shown({"uncontended pair", "ns", "IQR %", "/ std, read", "/ std, write"});
  for (const std::string_view name : results.contenders())
    shown.add({std::string(name), fmt::format("{:.2f}", results.nanoseconds(name)),
               fmt::format("{:.1f}", results.spread(name)),
               fmt::format("{:.2f}", results.ratio(name, std_shared_mutex_read::name)),
               fmt::format("{:.2f}", results.ratio(name, std_shared_mutex::name))});
  shown.print();
  results.print_method();
  const double ratio = results.ratio(parking_rw_lock_read::name, std_shared_mutex_read::name);
  fmt::print("  a read <= {:.2f} of that of std::shared_mutex: {:.2f}  {}\n\n", read_pair_at_most,
             ratio, ratio <= read_pair_at_most ? "reached" : "not reached");
  return results.to_json();
}

void print_together(const std::vector<task>& tasks,
                    const std::vector<std::vector<throughput>>& samples) {
  table shown({"readers and writers", "threads", "writes %", "M/s", "IQR %", "/ std::shared_mutex",
               "Jain", "CPUs"});
  for (std::size_t i = 0; i < tasks.size(); ++i)
    shown.add(row_of({tasks[i].contender, fmt::format("{}", tasks[i].threads),
                      fmt::format("{}", tasks[i].percent)},
                     samples[i], samples[tasks[i].yardstick]));
  shown.print();
  for (const goal& g : goals)
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].threads != 2 || tasks[i].percent != g.percent ||
          tasks[i].contender != parking_rw_lock::name)
        continue;
      const double reached = ratio(samples[i], samples[tasks[i].yardstick], &throughput::rate);
      fmt::print("  {:>3} % reads on 2 threads >= {} times std::shared_mutex: {:.2f}  {}\n",
                 100 - g.percent, g.at_least, reached,
                 reached >= g.at_least ? "reached" : "not reached");
    }
}

}  // namespace

outcome run_shared(const settings& how, random_source& random) {
  const auto pairs = pair_results::measure("shared, pair", pair_tasks<alone>(), how, random);
  outcome result;
  result.results["pairs"] = report_pairs(pairs);
  result.wrong = pairs.wrong();

  const auto tasks = all_tasks(how);
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = in_rounds<throughput>("shared", tasks, how, random, quiet);
  print_together(tasks, samples);
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  report(result, "together", tasks, samples, [](const task& each) -> nlohmann::ordered_json {
    return {{"threads", each.threads}, {"percent_of_writes", each.percent}};
  });
  return result;
}

}  // namespace bench
