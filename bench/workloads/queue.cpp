// SPDX-License-Identifier: BSL-1.0
// Workload `queue`: producers and consumers pass elements through a bounded queue as fast as they
// can.
#include <functional>
#include <latch>
#include <thread>

#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/table.hpp"
#include "workloads/rounds.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

constexpr std::size_t capacity = 1024;

struct shape {
  unsigned producers;
  unsigned consumers;
  double goal;  // times the rate of the yardstick
};
constexpr shape shapes[] = {{1, 1, 20}, {4, 4, 8}};

struct sample {
  double rate = 0;  // million elements a second
  double cpus = 0;  // used on average
  bool correct = true;
};

// What a thread has pushed or popped.
struct alignas(2 * cache_line) account {
  std::uint64_t count = 0;
  long sum = 0;
};

template <class Contender>
sample sample_queue(const shape& form, std::chrono::milliseconds window) {
  typename Contender::queue_type queue(capacity);
  std::vector<account> in(form.producers);
  std::vector<account> out(form.consumers);
  std::latch ready(form.producers + form.consumers + 1);
  const auto produce = [&](account& mine) {
    account done;
    ready.arrive_and_wait();
    for (long value = 1; Contender::push(queue, value); ++value) {
      ++done.count;
      done.sum += value;
    }
    mine = done;
  };
  const auto consume = [&](account& mine) {
    account done;
    ready.arrive_and_wait();
    while (const auto value = queue.pop()) {
      ++done.count;
      done.sum += *value;
    }
    mine = done;
  };

  std::vector<std::jthread> threads;
  threads.reserve(in.size() + out.size());
  for (account& mine : in) threads.emplace_back(produce, std::ref(mine));
  for (account& mine : out) threads.emplace_back(consume, std::ref(mine));
  ready.arrive_and_wait();
  const spent used = let_run(window, [&] { queue.close(); });
  threads.clear();  // joins

  account pushed;
  account popped;
  for (const account& each : in) {
    pushed.count += each.count;
    pushed.sum += each.sum;
  }
  for (const account& each : out) {
    popped.count += each.count;
    popped.sum += each.sum;
  }
  return {static_cast<double>(popped.count) / used.seconds * 1e-6, used.cpu / used.seconds,
          pushed.count == popped.count && pushed.sum == popped.sum};
}

struct task {
  const char* contender;
  const shape* form;
  std::chrono::milliseconds window;
  sample (*run)(const shape&, std::chrono::milliseconds);
  std::size_t yardstick;

  sample operator()() const { return run(*form, window); }
};

std::vector<task> tasks_for(const settings& how) {
  const std::chrono::milliseconds window = window_of(how.quick);
  std::vector<task> tasks;
  for (const shape& form : shapes) {
    const std::size_t yardstick = tasks.size();
    every_queue::for_each([&]<class Contender> {
      tasks.push_back({Contender::name, &form, window, &sample_queue<Contender>, yardstick});
    });
  }
  return tasks;
}

}  // namespace

outcome run_queue(const settings& how, random_source& random) {
  const auto tasks = tasks_for(how);
  quiet_room quiet(how.rounds * tasks.size());
  const auto samples = in_rounds<sample>("queue", tasks, how, random, quiet);

  outcome result;
  table shown({fmt::format("queue of {}", capacity), "producers, consumers", "M/s", "IQR %",
               "/ std", "goal", "CPUs"});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const task& each = tasks[i];
    const auto rates = column(samples[i], &sample::rate);
    const double times = ratio(samples[i], samples[each.yardstick], &sample::rate);
    const bool ours = each.contender == our_queue::name;
    shown.add({each.contender, fmt::format("{}, {}", each.form->producers, each.form->consumers),
               fmt::format("{:.2f}", median(rates)), fmt::format("{:.0f}", spread_percent(rates)),
               fmt::format("{:.1f}", times),
               ours ? fmt::format(">= {:.0f}: {}", each.form->goal,
                                  times >= each.form->goal ? "reached" : "not reached")
                    : "",
               fmt::format("{:.2f}", median(column(samples[i], &sample::cpus)))});
    for (const sample& s : samples[i]) {
      if (!s.correct) result.wrong.emplace(each.contender);
      result.results["samples"].push_back({{"contender", each.contender},
                                           {"producers", each.form->producers},
                                           {"consumers", each.form->consumers},
                                           {"million_a_second", s.rate},
                                           {"cpus", s.cpus}});
    }
  }
  shown.print();
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  return result;
}

}  // namespace bench
