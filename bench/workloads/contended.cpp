// SPDX-License-Identifier: BSL-1.0
// Workload `contended`: several threads take one lock as often as they can.
#include <atomic>
#include <latch>
#include <thread>

#include <fmt/core.h>

#include "contenders/holdfast.hpp"
#include "contenders/rivals.hpp"
#include "harness/progress.hpp"
#include "harness/quiet.hpp"
#include "harness/statistics.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

using measured = contenders<std_mutex, spin_lock, parking_lock, parking_lock_cas, native_lock>;

struct shape {
  const char* name;
  double inside;   // nanoseconds of work with the lock held
  double outside;  // and without
};
constexpr shape shapes[] = {{"empty section", 0, 0}, {"1 us inside", 1000, 0}};

// What one try is made with.
struct load {
  unsigned threads;
  std::uint64_t steps_inside;
  std::uint64_t steps_outside;
  std::chrono::milliseconds window;
};

struct sample {
  double rate = 0;  // million sections a second
  double fairness = 0;
  double cpus = 0;  // used on average
  bool correct = true;
};

template <class Cell>
sample sample_contended(const load& how) {
  Cell cell;
  struct alignas(2 * cache_line) own_count {
    std::uint64_t value = 0;
  };
  std::vector<own_count> counts(how.threads);
  std::atomic<bool> over{false};
  std::latch ready(how.threads + 1);
  const auto run = [&](own_count& mine) {
    std::uint64_t done = 0;
    ready.arrive_and_wait();
    while (!over.load(std::memory_order_relaxed)) {
      cell.with([&how](long& counter) {
        ++counter;
        keep(counter);
        work(how.steps_inside);
      });
      ++done;
      work(how.steps_outside);
    }
    mine.value = done;
  };

  std::vector<std::jthread> threads;
  threads.reserve(how.threads);
  for (own_count& mine : counts) threads.emplace_back(run, std::ref(mine));
  ready.arrive_and_wait();
  const auto begin = clock::now();
  const double cpu = cpu_time_now().own;
  std::this_thread::sleep_for(how.window);
  over.store(true, std::memory_order_relaxed);
  const double cpu_used = cpu_time_now().own - cpu;
  const double seconds = seconds_since(begin);
  threads.clear();  // joins

  std::vector<double> shares;
  double sum = 0;
  for (const own_count& count : counts) {
    shares.push_back(static_cast<double>(count.value));
    sum += shares.back();
  }
  sample result{sum / seconds * 1e-6, jain(shares), cpu_used / seconds, false};
  cell.with([&](long& counter) { result.correct = static_cast<double>(counter) == sum; });
  return result;
}

struct task {
  const char* contender;
  const shape* form;
  load how;
  sample (*run)(const load&);
  std::size_t yardstick;  // the task of std::mutex under the same load
};

std::vector<task> tasks_for(const settings& how) {
  const std::chrono::milliseconds window(how.quick ? 60 : 250);
  const double steps = steps_in_a_nanosecond();
  std::vector<task> tasks;
  for (const shape& form : shapes)
    for (const unsigned threads : how.threads) {
      const load with{threads, static_cast<std::uint64_t>(form.inside * steps),
                      static_cast<std::uint64_t>(form.outside * steps), window};
      const std::size_t yardstick = tasks.size();  // std::mutex is the list's first
      measured::for_each([&]<class Contender> {
        tasks.push_back({Contender::name, &form, with,
                         &sample_contended<typename Contender::template cell<cache_line>>,
                         yardstick});
      });
    }
  return tasks;
}

using samples_by_task = std::vector<std::vector<sample>>;  // each in the order of rounds

samples_by_task measure(const std::vector<task>& tasks, const settings& how, random_source& random,
                        quiet_room& quiet) {
  samples_by_task samples(tasks.size());
  progress shown("contended", how.rounds * tasks.size());
  for (std::size_t round = 0; round < how.rounds; ++round)
    for (const std::size_t i : shuffled(tasks.size(), random)) {
      samples[i].push_back(quiet.sample([&] { return tasks[i].run(tasks[i].how); }));
      shown.advance();
    }
  return samples;
}

std::vector<double> column(const std::vector<sample>& samples, double sample::* member) {
  std::vector<double> values;
  values.reserve(samples.size());
  for (const sample& s : samples) values.push_back(s.*member);
  return values;
}

double ratio(const std::vector<sample>& samples, const std::vector<sample>& to) {
  std::vector<double> ratios;
  ratios.reserve(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) ratios.push_back(samples[i].rate / to[i].rate);
  return median(ratios);
}

void print_tables(const std::vector<task>& tasks, const samples_by_task& samples) {
  for (const shape& form : shapes) {
    table shown({fmt::format("contended, {}", form.name), "threads", "M/s", "IQR %", "/ std::mutex",
                 "Jain", "CPUs"});
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].form != &form) continue;
      const auto rates = column(samples[i], &sample::rate);
      shown.add({tasks[i].contender, fmt::format("{}", tasks[i].how.threads),
                 fmt::format("{:.2f}", median(rates)), fmt::format("{:.0f}", spread_percent(rates)),
                 fmt::format("{:.2f}", ratio(samples[i], samples[tasks[i].yardstick])),
                 fmt::format("{:.2f}", median(column(samples[i], &sample::fairness))),
                 fmt::format("{:.2f}", median(column(samples[i], &sample::cpus)))});
    }
    shown.print();
    fmt::print("\n");
  }
}

}  // namespace

outcome run_contended(const settings& how, random_source& random) {
  const auto tasks = tasks_for(how);
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = measure(tasks, how, random, quiet);
  print_tables(tasks, samples);
  fmt::print("{}\n", quiet.summary("samples"));

  outcome result;
  result.results["samples_taken"] = quiet.to_json();
  for (std::size_t i = 0; i < tasks.size(); ++i)
    for (const sample& s : samples[i]) {
      if (!s.correct) result.wrong.emplace(tasks[i].contender);
      result.results["samples"].push_back({{"contender", tasks[i].contender},
                                           {"shape", tasks[i].form->name},
                                           {"threads", tasks[i].how.threads},
                                           {"million_a_second", s.rate},
                                           {"jain", s.fairness},
                                           {"cpus", s.cpus}});
    }
  return result;
}

}  // namespace bench
