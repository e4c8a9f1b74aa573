// SPDX-License-Identifier: BSL-1.0
// Workload `semaphore`: an uncontended pair, two threads that wait for each other in turn, and
// several threads with one permit.
#include <atomic>
#include <latch>
#include <thread>

#include <fmt/core.h>

#include "contenders/floors.hpp"
#include "contenders/semaphores.hpp"
#include "harness/progress.hpp"
#include "harness/quiet.hpp"
#include "harness/statistics.hpp"
#include "harness/table.hpp"
#include "harness/timing.hpp"
#include "workloads/uncontended.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

// The first is the yardstick.
using measured = contenders<posix_semaphore, std_semaphore, semaphore, binary_semaphore>;
using measured_alone =
    contenders<floor_swap, posix_semaphore, std_semaphore, semaphore, binary_semaphore>;

struct goal {
  const char* contender;
  const char* to;
  double at_most;
};
constexpr goal goals[] = {
    {semaphore::name, posix_semaphore::name, 0.8},
    {semaphore::name, std_semaphore::name, 0.02},
};

nlohmann::ordered_json print_pairs(const pair_results& results) {
  table shown({"uncontended pair", "ns", "IQR %", "/ sem_t", "/ std"});
  for (const std::string_view name : results.contenders())
    shown.add({std::string(name), fmt::format("{:.2f}", results.nanoseconds(name)),
               fmt::format("{:.1f}", results.spread(name)),
               fmt::format("{:.2f}", results.ratio(name, posix_semaphore::name)),
               fmt::format("{:.3f}", results.ratio(name, std_semaphore::name))});
  shown.print();
  results.print_method();
  nlohmann::ordered_json json;
  for (const goal& g : goals) {
    const double ratio = results.ratio(g.contender, g.to);
    fmt::print("  {:<12} <= {:.2f} of {:<26} {:.3f}  {}\n", g.contender, g.at_most, g.to, ratio,
               ratio <= g.at_most ? "reached" : "not reached");
    json.push_back({{"contender", g.contender},
                    {"to", g.to},
                    {"at_most", g.at_most},
                    {"ratio", ratio},
                    {"reached", ratio <= g.at_most}});
  }
  fmt::print("\n");
  return json;
}

struct sample {
  double rate = 0;    // million round trips or sections a second
  double rounds = 0;  // of all threads
  double fairness = 1;
  double cpus = 0;  // used on average
  bool correct = true;
};

struct alignas(2 * cache_line) own_count {
  std::uint64_t value = 0;
};

// Lets the threads call `step(number, over)` until it is false; `over` is true after `window`.
template <class Step>
sample run_for(std::chrono::milliseconds window, unsigned thread_count, Step step) {
  std::vector<own_count> counts(thread_count);
  std::atomic<bool> over{false};
  std::latch ready(thread_count + 1);
  std::vector<std::jthread> threads;
  threads.reserve(thread_count);
  for (unsigned i = 0; i < thread_count; ++i)
    threads.emplace_back([&, i] {
      std::uint64_t done = 1;
      ready.arrive_and_wait();
      while (step(i, over.load(std::memory_order_relaxed))) ++done;
      counts[i].value = done;
    });
  ready.arrive_and_wait();
  const auto begin = clock::now();
  const double cpu = cpu_time_now().own;
  std::this_thread::sleep_for(window);
  over.store(true, std::memory_order_relaxed);
  sample result;
  result.cpus = cpu_time_now().own - cpu;
  const double seconds = seconds_since(begin);
  threads.clear();  // joins

  std::vector<double> shares;
  for (const own_count& count : counts) {
    shares.push_back(static_cast<double>(count.value));
    result.rounds += shares.back();
  }
  result.rate = result.rounds / seconds * 1e-6;
  result.fairness = jain(shares);
  result.cpus /= seconds;
  return result;
}

template <class Contender>
sample sample_contended(unsigned threads, std::chrono::milliseconds window) {
  typename Contender::template cell<cache_line> cell;
  sample result = run_for(window, threads, [&cell](unsigned, bool over) {
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
sample sample_ping_pong(unsigned threads, std::chrono::milliseconds window) {
  struct alignas(2 * cache_line) place {
    typename Contender::semaphore_type semaphore;
  };
  place turns[2] = {{typename Contender::semaphore_type(1)},
                    {typename Contender::semaphore_type(0)}};
  bool last = false;
  long trips = 0;
  sample result = run_for(window, threads, [&](unsigned i, bool over) {
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
  sample (*run)(unsigned, std::chrono::milliseconds);
  std::size_t yardstick;  // the task of sem_t under the same load
};

std::vector<task> make_tasks() {
  std::vector<task> tasks;
  const auto add = [&tasks](const char* form, unsigned threads, auto sampler) {
    const std::size_t yardstick = tasks.size();
    measured::for_each([&]<class Contender> {
      tasks.push_back(
          {Contender::name, form, threads, sampler.template operator()<Contender>(), yardstick});
    });
  };
  add("ping-pong", 2, []<class Contender> { return &sample_ping_pong<Contender>; });
  for (const unsigned threads : {2U, 8U})
    add("one permit", threads, []<class Contender> { return &sample_contended<Contender>; });
  return tasks;
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

using samples_by_task = std::vector<std::vector<sample>>;

void print_together(const std::vector<task>& tasks, const samples_by_task& samples) {
  table shown({"semaphores", "form", "threads", "M/s", "IQR %", "/ sem_t", "Jain", "CPUs"});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto rates = column(samples[i], &sample::rate);
    shown.add({tasks[i].contender, tasks[i].form, fmt::format("{}", tasks[i].threads),
               fmt::format("{:.3f}", median(rates)), fmt::format("{:.0f}", spread_percent(rates)),
               fmt::format("{:.2f}", ratio(samples[i], samples[tasks[i].yardstick])),
               fmt::format("{:.2f}", median(column(samples[i], &sample::fairness))),
               fmt::format("{:.2f}", median(column(samples[i], &sample::cpus)))});
  }
  shown.print();
}

}  // namespace

outcome run_semaphore(const settings& how, random_source& random) {
  const auto alone = pair_results::measure("semaphore", pair_tasks<measured_alone>(), how, random);
  outcome result{alone.to_json(), alone.wrong()};
  result.results["goals"] = print_pairs(alone);

  const std::chrono::milliseconds window(how.quick ? 60 : 250);
  const auto tasks = make_tasks();
  samples_by_task samples(tasks.size());
  quiet_room quiet(how.rounds * tasks.size());
  {
    progress shown("semaphore", how.rounds * tasks.size());
    for (std::size_t round = 0; round < how.rounds; ++round)
      for (const std::size_t i : shuffled(tasks.size(), random)) {
        samples[i].push_back(quiet.sample([&] { return tasks[i].run(tasks[i].threads, window); }));
        shown.advance();
      }
  }
  print_together(tasks, samples);
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["together_taken"] = quiet.to_json();
  for (std::size_t i = 0; i < tasks.size(); ++i)
    for (const sample& s : samples[i]) {
      if (!s.correct) result.wrong.emplace(tasks[i].contender);
      result.results["together"].push_back({{"contender", tasks[i].contender},
                                            {"form", tasks[i].form},
                                            {"threads", tasks[i].threads},
                                            {"million_a_second", s.rate},
                                            {"jain", s.fairness},
                                            {"cpus", s.cpus}});
    }
  return result;
}

}  // namespace bench
