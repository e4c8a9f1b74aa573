// SPDX-License-Identifier: BSL-1.0
// Workload `latency`: how long a call of lock() takes while several threads share the lock.
//
// The budget, with 14 contenders and 7 rounds: 1.5 s a contender and round, two and a half minutes.
#include <atomic>
#include <memory>

#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/histogram.hpp"
#include "harness/table.hpp"
#include "harness/ticks.hpp"
#include "workloads/sections.hpp"

namespace bench {
namespace {

using measured = blocking_mutexes;

// Of all calls of all threads, in nanoseconds.
struct waits {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double longest = 0;
  bool correct = true;
};

waits waits_in(const histogram& ticks) {
  const double ns = nanoseconds_a_tick();
  return {ticks.quantile(0.5) * ns, ticks.quantile(0.99) * ns, ticks.quantile(0.999) * ns,
          static_cast<double>(ticks.greatest()) * ns};
}

// Two readings of the clock with nothing between them: part of every figure.
waits of_the_clock() {
  histogram ticks;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t begin = ticks_now();
    ticks.add(ticks_now() - begin);
  }
  return waits_in(ticks);
}

template <class Cell>
waits sample_latency(const load& how) {
  struct alignas(2 * cache_line) own_histogram {
    histogram ticks;
  };
  std::vector<own_histogram> of_threads(how.threads);
  Cell cell;
  const auto run = [&](unsigned i, const std::atomic<bool>& over) {
    histogram& mine = of_threads[i].ticks;
    std::uint64_t done = 0;
    while (!over.load(std::memory_order_relaxed)) {
      std::uint64_t end = 0;
      const std::uint64_t begin = ticks_now();
      cell.with([&](long& counter) {
        end = ticks_now();
        ++counter;
        keep(counter);
        work(how.inside);
      });
      mine.add(end > begin ? end - begin : 0);  // the counters of two CPUs may differ a little
      ++done;
      work(how.outside);
    }
    return done;
  };
  const throughput counted = run_together(how.threads, how.window, run);
  histogram all;
  for (const own_histogram& each : of_threads) all.add(each.ticks);
  waits result = waits_in(all);
  cell.with([&](long& counter) {
    result.correct = static_cast<double>(counter) == counted.rounds &&
                     all.count() == static_cast<std::uint64_t>(counter);
  });
  return result;
}

using tasks = std::vector<task_of<waits>>;

tasks tasks_for(const settings& how) {
  tasks all;
  for (const shape& form : {empty_section, outside_100ns, inside_1us}) {
    if (!is_asked_for(how.shapes, form.name)) continue;
    for (const unsigned threads : threads_of(how, {2, 4, 16, 64}, {4})) {
      const load with(form, threads, window_for(threads, how.quick));
      add_tasks<measured>(
          all, how, {{"shape", form.name}, {"threads", threads}}, [&]<class Contender> {
            return [with] {
              return sample_latency<typename Contender::template cell<cache_line>>(with);
            };
          });
    }
  }
  return all;
}

void print_table(const tasks& all, const std::vector<std::vector<waits>>& samples) {
  table shown({"time of lock()", "shape", "threads", "p50 ns", "p99 ns", "p99.9 ns", "longest us",
               "p99.9 / std::mutex", "longest / std::mutex"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto cell = [&](double waits::* figure, double unit) {
      return fmt::format("{:.0f}", median(column(samples[i], figure)) / unit);
    };
    const auto to_yardstick = [&](double waits::* figure) {
      return fmt::format("{:.2f}", ratio(samples[i], samples[all[i].yardstick], figure));
    };
    auto row = all[i].cells();
    for (const auto figure : {&waits::p50, &waits::p99, &waits::p999})
      row.push_back(cell(figure, 1));
    row.push_back(cell(&waits::longest, 1000));
    row.push_back(to_yardstick(&waits::p999));
    row.push_back(to_yardstick(&waits::longest));
    shown.add(std::move(row));
  }
  shown.print();
}

nlohmann::ordered_json figures_of(const waits& w) {
  return {{"wait_p50_ns", w.p50},
          {"wait_p99_ns", w.p99},
          {"wait_p999_ns", w.p999},
          {"wait_max_ns", w.longest}};
}

}  // namespace

outcome run_latency(const settings& how, random_source& random) {
  const waits of_clock = of_the_clock();
  const tasks all = tasks_for(how);
  quiet_room quiet(how.rounds * all.size());
  const auto samples = in_rounds<waits>("latency", all, how, random, quiet);
  print_table(all, samples);
  fmt::print("in every figure: the clock itself ({}), p50 {:.0f} ns, p99.9 {:.0f} ns\n",
             name_of_ticks, of_clock.p50, of_clock.p999);
  fmt::print("{}\n", quiet.summary("samples"));

  outcome result;
  result.results["samples_taken"] = quiet.to_json();
  result.results["clock"] = figures_of(of_clock);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const waits& w : samples[i]) {
      if (!w.correct) result.wrong.emplace(all[i].contender);
      nlohmann::ordered_json line{{"contender", all[i].contender}};
      line.update(all[i].load);
      line.update(figures_of(w));
      result.results["samples"].push_back(std::move(line));
    }
  return result;
}

}  // namespace bench
