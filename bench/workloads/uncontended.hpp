// SPDX-License-Identifier: BSL-1.0
// One thread locks and unlocks: how a contender is sampled, and what is made of the samples.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "contenders/cell.hpp"
#include "harness/quiet.hpp"
#include "harness/timing.hpp"
#include "harness/tries.hpp"
#include "workloads/workload.hpp"

namespace bench {

// Distances from lock to counter. Some CPUs care (a load that follows a locked instruction may
// stall on what its store buffer holds), so a figure is the median over all of them.
inline constexpr std::array<std::size_t, 5> placements{beside, 64, 128, 192, 1024};

// A cell, wherever it begins in a page, fits into two.
inline constexpr std::size_t page = 4096;

struct pair_sample {
  std::vector<double> tries;  // nanoseconds a pair
  bool correct = true;
  double best() const { return *std::ranges::min_element(tries); }
};

// One contender at one placement.
struct pair_task {
  std::string_view contender;
  std::size_t placement;  // index into `placements`
  pair_sample (*sample)(std::byte* where, std::uint64_t pairs);
};

// The usual section.
struct counting {
  template <class Cell>
  [[gnu::noinline]] static void run(Cell& cell, std::uint64_t pairs) {
    for (std::uint64_t i = 0; i < pairs; ++i)
      cell.with([](long& counter) {
        ++counter;
        keep(counter);
      });
  }
};

// The same result from a section that only stores, for locks that take less time than a load of what
// was stored a moment ago.
struct numbering {
  template <class Cell>
  [[gnu::noinline]] static void run(Cell& cell, std::uint64_t pairs) {
    long number = 0;
    cell.with([&](long& counter) { number = counter; });
    for (std::uint64_t i = 0; i < pairs; ++i) {
      cell.with([&](long& counter) {
        counter = ++number;
        keep_memory(&counter);
      });
      keep_memory(&cell);
    }
  }
};

template <class Cell, class Sections = counting>
pair_sample sample_pairs(std::byte* where, std::uint64_t pairs) {
  struct destroyed {
    Cell* cell;
    ~destroyed() { std::destroy_at(cell); }
  };
  const destroyed owner{new (where) Cell};
  Cell& cell = *owner.cell;
  std::uint64_t expected = pairs / 8;  // to warm up
  Sections::run(cell, expected);
  pair_sample result;
  result.tries = tries_of(pairs, [&] {
    Sections::run(cell, pairs);
    expected += pairs;
  });
  cell.with(
      [&](long& counter) { result.correct = static_cast<std::uint64_t>(counter) == expected; });
  return result;
}

// A sample is usually taken on the calling thread.
struct on_this_thread {
  template <class Cell>
  static pair_sample sample(std::byte* where, std::uint64_t pairs) {
    return sample_pairs<Cell>(where, pairs);
  }
};

// Every contender of the list at every placement.
template <class List, class Where = on_this_thread>
std::vector<pair_task> pair_tasks() {
  std::vector<pair_task> tasks;
  List::for_each([&tasks]<class Contender> {
    [&tasks]<std::size_t... I>(std::index_sequence<I...>) {
      (tasks.push_back({Contender::name, I,
                        &Where::template sample<typename Contender::template cell<placements[I]>>}),
       ...);
    }(std::make_index_sequence<placements.size()>());
  });
  return tasks;
}

// The samples of all tasks in all rounds.
class pair_results {
 public:
  // Interleaves and shuffles the tasks anew in every round.
  static pair_results measure(const char* title, std::vector<pair_task> tasks, const settings& how,
                              random_source& random);

  // In the order of the tasks.
  std::vector<std::string_view> contenders() const;

  // Medians over the rounds, then over the placements.
  double nanoseconds(std::string_view contender) const;
  double spread(std::string_view contender) const;
  // Of two samples of the same round and placement; the same for their difference.
  double ratio(std::string_view contender, std::string_view to) const;
  double difference(std::string_view contender, std::string_view to) const;

  // The medians of each placement.
  std::vector<double> by_placement(std::string_view contender) const;

  // Contenders whose counter was wrong.
  std::set<std::string> wrong() const;
  // The lines under a table: placements, phase, rejected rounds.
  void print_method() const;
  nlohmann::ordered_json to_json() const;

 private:
  pair_results(std::vector<pair_task> tasks, const settings& how)
      : tasks_(std::move(tasks)), quiet_(how.rounds), phase_(how.phase) {}

  struct round {
    std::size_t offset;                // of the cells in their page
    std::vector<pair_sample> samples;  // in the order of tasks_
  };

  static std::vector<pair_sample> one_round(const std::vector<pair_task>& tasks, std::size_t offset,
                                            std::uint64_t pairs, random_source& random);
  // The best tries of a contender at a placement, in the order of rounds.
  std::vector<double> over_rounds(std::string_view contender, std::size_t placement) const;
  template <class Combine>
  double paired(std::string_view a, std::string_view b, Combine combine) const;

  std::vector<pair_task> tasks_;
  std::vector<round> rounds_;
  quiet_room quiet_;
  enum phase phase_;
};

// A ratio that is to be reached.
struct pair_goal {
  const char* contender;
  const char* to;
  double at_most;
};

// Prints which are.
nlohmann::ordered_json print_goals(const pair_results& results, std::span<const pair_goal> goals);

}  // namespace bench
