// SPDX-License-Identifier: BSL-1.0
// Workload `contended`: several threads take one lock as often as they can.
#include <atomic>

#include <fmt/core.h>

#include "contenders/holdfast.hpp"
#include "contenders/rivals.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/together.hpp"

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

template <class Cell>
throughput sample_contended(const load& how) {
  Cell cell;
  const auto run = [&](unsigned, const std::atomic<bool>& over) {
    std::uint64_t done = 0;
    while (!over.load(std::memory_order_relaxed)) {
      cell.with([&how](long& counter) {
        ++counter;
        keep(counter);
        work(how.steps_inside);
      });
      ++done;
      work(how.steps_outside);
    }
    return done;
  };
  throughput result = run_together(how.threads, how.window, run);
  cell.with([&](long& counter) { result.correct = static_cast<double>(counter) == result.rounds; });
  return result;
}

struct task {
  const char* contender;
  const shape* form;
  load how;
  throughput (*run)(const load&);
  std::size_t yardstick;  // the task of std::mutex under the same load
  throughput operator()() const { return run(how); }
};

std::vector<task> tasks_for(const settings& how) {
  const double steps = steps_in_a_nanosecond();
  std::vector<task> tasks;
  for (const shape& form : shapes)
    for (const unsigned threads : how.threads) {
      const load with{threads, static_cast<std::uint64_t>(form.inside * steps),
                      static_cast<std::uint64_t>(form.outside * steps), window_of(how.quick)};
      const std::size_t yardstick = tasks.size();  // std::mutex is the list's first
      measured::for_each([&]<class Contender> {
        tasks.push_back({Contender::name, &form, with,
                         &sample_contended<typename Contender::template cell<cache_line>>,
                         yardstick});
      });
    }
  return tasks;
}

void print_tables(const std::vector<task>& tasks,
                  const std::vector<std::vector<throughput>>& samples) {
  for (const shape& form : shapes) {
    table shown({fmt::format("contended, {}", form.name), "threads", "M/s", "IQR %", "/ std::mutex",
                 "Jain", "CPUs"});
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].form != &form) continue;
      shown.add(row_of({tasks[i].contender, fmt::format("{}", tasks[i].how.threads)}, samples[i],
                       samples[tasks[i].yardstick]));
    }
    shown.print();
    fmt::print("\n");
  }
}

}  // namespace

outcome run_contended(const settings& how, random_source& random) {
  const auto tasks = tasks_for(how);
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = in_rounds<throughput>("contended", tasks, how, random, quiet);
  print_tables(tasks, samples);
  fmt::print("{}\n", quiet.summary("samples"));

  outcome result;
  result.results["samples_taken"] = quiet.to_json();
  report(result, "samples", tasks, samples, [](const task& each) -> nlohmann::ordered_json {
    return {{"shape", each.form->name}, {"threads", each.how.threads}};
  });
  return result;
}

}  // namespace bench
