// SPDX-License-Identifier: BSL-1.0
// Workload `contended`: several threads take one lock as often as they can.
//
// The budget, with 14 contenders and 7 rounds: 0.9 s a contender and round for each of the first
// three shapes, 0.3 s to 0.5 s for each other; three rounds of 3 s for whom fairness is measured over
// a second. Nine minutes.
#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/table.hpp"
#include "workloads/sections.hpp"

namespace bench {
namespace {

using measured = contended_mutexes;
// With this many threads or more: what only spins keeps away all who could unlock.
using measured_with_many = blocking_mutexes;
constexpr unsigned many_threads = 64;
// Whether everybody had a fair share is a question of seconds, and of few.
using measured_for_a_second = blocking_mutexes;

struct series {
  shape form;
  std::vector<unsigned> threads;
  std::vector<unsigned> quick_threads;
};

std::vector<series> all_series() {
  const std::vector<unsigned> many{1, 2, 4, 8, 16, 64, 256};
  const std::vector<unsigned> few{2, 4, 16};
  return {
      {empty_section, many, {2, 16}},
      {outside_100ns, many, {2, 16}},
      {inside_1us, many, {2, 16}},
      {{"100 ns inside", 100, 0}, few, {4}},
      {{"5 us inside", 5000, 0}, few, {4}},
      {{"1 us inside, 1 us outside", 1000, 1000}, few, {4}},
      {{"20 us inside, 20 us outside", 20'000, 20'000}, {2, 4, 16, 64}, {4}},
      {{"bursts", 50, 50'000, 20}, {2, 4, 16, 64}, {4}},
  };
}

constexpr shape for_a_second{"empty section, for a second", 0, 0};
constexpr std::size_t rounds_of_a_second = 3;

template <class List>
void add(together_tasks& into, const settings& how, const shape& form, const load& with) {
  add_tasks<List>(into, how, {{"shape", form.name}, {"threads", with.threads}},
                  [&]<class Contender> { return sections_of<Contender>(with); });
}

together_tasks usual_tasks(const settings& how) {
  together_tasks all;
  for (const series& each : all_series())
    if (is_asked_for(how.shapes, each.form.name))
      for (const unsigned threads : threads_of(how, each.threads, each.quick_threads)) {
        const auto add_list = threads < many_threads ? add<measured> : add<measured_with_many>;
        add_list(all, how, each.form, {each.form, threads, window_for(threads, how.quick)});
      }
  return all;
}

together_tasks tasks_of_a_second(const settings& how) {
  together_tasks all;
  if (is_asked_for(how.shapes, for_a_second.name))
    for (const unsigned threads : threads_of(how, {4, 16, 64}, {}))
      add<measured_for_a_second>(all, how, for_a_second,
                                 {for_a_second, threads, std::chrono::seconds(1)});
  return all;
}

// A table for each shape.
void print_tables(const together_tasks& all, const together_samples& samples) {
  for (std::size_t i = 0; i < all.size();) {
    const std::string shape = all[i].load["shape"];
    table shown({"contended, " + shape, "threads", "M/s", "IQR %", "/ std::mutex", "Jain", "CPUs"});
    for (; i < all.size() && all[i].load["shape"] == shape; ++i)
      shown.add(row_of({all[i].contender, all[i].load["threads"].dump()}, samples[i],
                       samples[all[i].yardstick], 3));
    shown.print();
    fmt::print("\n");
  }
}

}  // namespace

outcome run_contended(const settings& how, random_source& random) {
  const together_tasks usual = usual_tasks(how);
  const together_tasks long_ones = tasks_of_a_second(how);
  settings few_rounds = how;
  few_rounds.rounds = std::min(how.rounds, rounds_of_a_second);
  quiet_room quiet(how.rounds * usual.size() + few_rounds.rounds * long_ones.size());

  outcome result;
  const auto load_of = [](const task_of<throughput>& each) { return each.load; };
  const auto measure = [&](const together_tasks& all, const settings& with) {
    const auto samples = in_rounds<throughput>("contended", all, with, random, quiet);
    print_tables(all, samples);
    report(result, "samples", all, samples, load_of);
  };
  measure(usual, how);
  measure(long_ones, few_rounds);
  fmt::print("{}\n", quiet.summary("samples"));
  result.results["samples_taken"] = quiet.to_json();
  return result;
}

}  // namespace bench
