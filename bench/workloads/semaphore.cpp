// SPDX-License-Identifier: BSL-1.0
// Workload `semaphore`: an uncontended pair, two threads that wait for each other in turn, and
// several threads with one permit.
#include <atomic>

#include <fmt/core.h>

#include "contenders/floors.hpp"
#include "contenders/semaphores.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/together.hpp"
#include "workloads/uncontended.hpp"

namespace bench {
namespace {

// The first is the yardstick.
using measured = contenders<posix_semaphore, std_semaphore, semaphore, binary_semaphore>;
using measured_alone =
    contenders<floor_swap, posix_semaphore, std_semaphore, semaphore, binary_semaphore>;

// That beside sem_t is in bench/goals_list.cpp.
constexpr pair_goal goals[] = {{semaphore::name, std_semaphore::name, 0.02}};

nlohmann::ordered_json print_pairs(const pair_results& results) {
  table shown({"uncontended pair", "ns", "IQR %", "/ sem_t", "/ std"});
  for (const std::string_view name : results.contenders())
    shown.add({std::string(name), fmt::format("{:.2f}", results.nanoseconds(name)),
               fmt::format("{:.1f}", results.spread(name)),
               fmt::format("{:.2f}", results.ratio(name, posix_semaphore::name)),
               fmt::format("{:.3f}", results.ratio(name, std_semaphore::name))});
  shown.print();
  results.print_method();
  auto json = print_goals(results, goals);
  fmt::print("\n");
  return json;
}

// Lets the threads call `step(number, over)` until it is false; `over` is true after `window`.
template <class Step>
throughput run_steps(std::chrono::milliseconds window, unsigned threads, Step step) {
  return run_together(threads, window, [&](unsigned i, const std::atomic<bool>& over) {
    std::uint64_t done = 1;
    while (step(i, over.load(std::memory_order_relaxed))) ++done;
    return done;
  });
}

template <class Contender>
throughput sample_contended(unsigned threads, std::chrono::milliseconds window) {
  typename Contender::template cell<cache_line> cell;
  throughput result = run_steps(window, threads, [&cell](unsigned, bool over) {
    cell.with([](long& counter) {
      ++counter;
      keep(counter);
    });
    return !over;
  });
  cell.with([&](long& counter) { result.correct = static_cast<double>(counter) == result.rounds; });
  return result;
}

// A round trip is an acquire and a release of both threads. The first says when it is the last one,
// so that none waits for a thread that has ended.
template <class Contender>
throughput sample_ping_pong(unsigned threads, std::chrono::milliseconds window) {
  struct alignas(2 * cache_line) place {
    typename Contender::semaphore_type semaphore;
  };
  place turns[2] = {{typename Contender::semaphore_type(1)},
                    {typename Contender::semaphore_type(0)}};
  bool last = false;
  long trips = 0;
  throughput result = run_steps(window, threads, [&](unsigned i, bool over) {
    turns[i].semaphore.acquire();
    ++trips;
    if (i == 0) last = over;
    const bool go_on = !last;
    turns[1 - i].semaphore.release();
    return go_on;
  });
  result.correct = static_cast<double>(trips) == result.rounds;
  result.rate /= 2;
  return result;
}

struct task {
  const char* contender;
  const char* form;
  unsigned threads;
  throughput (*run)(unsigned, std::chrono::milliseconds);
  std::chrono::milliseconds window;
  std::size_t yardstick;  // the task of sem_t under the same load
  throughput operator()() const { return run(threads, window); }
};

std::vector<task> tasks_for(const settings& how) {
  std::vector<task> tasks;
  const auto add = [&](const char* form, unsigned threads, auto sampler) {
    const std::size_t yardstick = tasks.size();
    measured::for_each([&]<class Contender> {
      tasks.push_back({Contender::name, form, threads, sampler.template operator()<Contender>(),
                       window_of(how.quick), yardstick});
    });
  };
  add("ping-pong", 2, []<class Contender> { return &sample_ping_pong<Contender>; });
  for (const unsigned threads : {2U, 8U})
    add("one permit", threads, []<class Contender> { return &sample_contended<Contender>; });
  return tasks;
}

void print_together(const std::vector<task>& tasks,
                    const std::vector<std::vector<throughput>>& samples) {
  table shown({"semaphores", "form", "threads", "M/s", "IQR %", "/ sem_t", "Jain", "CPUs"});
  for (std::size_t i = 0; i < tasks.size(); ++i)
    shown.add(row_of({tasks[i].contender, tasks[i].form, fmt::format("{}", tasks[i].threads)},
                     samples[i], samples[tasks[i].yardstick], 3));
  shown.print();
}

}  // namespace

outcome run_semaphore(const settings& how, random_source& random) {
  const auto alone = pair_results::measure("semaphore", pair_tasks<measured_alone>(), how, random);
  outcome result{alone.to_json(), alone.wrong()};
  result.results["goals"] = print_pairs(alone);

  const auto tasks = tasks_for(how);
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = in_rounds<throughput>("semaphore", tasks, how, random, quiet);
  print_together(tasks, samples);
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["together_taken"] = quiet.to_json();
  report(result, "together", tasks, samples, [](const task& each) -> nlohmann::ordered_json {
    return {{"form", each.form}, {"threads", each.threads}};
  });
  return result;
}

}  // namespace bench
