// SPDX-License-Identifier: BSL-1.0
// What a workload is given and what it returns; each prints its own table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

using random_source = std::mt19937_64;

// Whether the process has threads: glibc takes shortcuts as long as it never had any.
enum class phase : std::uint8_t { never_threaded, after_join, second_thread_asleep };

struct settings {
  std::size_t rounds = 7;
  bool quick = false;
  enum phase phase = phase::second_thread_asleep;
  // What to restrict a run to; each may have the wildcards of a shell. Empty: no restriction.
  std::vector<unsigned> threads;
  std::vector<std::string> contenders;
  std::vector<std::string> shapes;
  std::string compiler;
};

// True if `name` is one of `patterns`, or if there are none.
bool is_asked_for(const std::vector<std::string>& patterns, const char* name);

struct outcome {
  nlohmann::ordered_json results;
  std::set<std::string> wrong;  // contenders whose counter had not the value it should
};

struct workload {
  const char* name;
  const char* what;
  outcome (*run)(const settings&, random_source&);
};

// All of them, in the order in which they run.
std::span<const workload> all_workloads();

outcome run_sizes(const settings&, random_source&);
outcome run_pair(const settings&, random_source&);
outcome run_poison(const settings&, random_source&);
outcome run_contended(const settings&, random_source&);
outcome run_latency(const settings&, random_source&);
outcome run_length(const settings&, random_source&);
outcome run_locks(const settings&, random_source&);
outcome run_words(const settings&, random_source&);
outcome run_memory(const settings&, random_source&);
outcome run_startup(const settings&, random_source&);
outcome run_semaphore(const settings&, random_source&);
outcome run_condition(const settings&, random_source&);
outcome run_queue(const settings&, random_source&);
outcome run_shared(const settings&, random_source&);
outcome run_fibers(const settings&, random_source&);
outcome run_processes(const settings&, random_source&);
outcome run_include(const settings&, random_source&);

// Every task's place once, in random order.
inline std::vector<std::size_t> shuffled(std::size_t count, random_source& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::shuffle(order, random);
  return order;
}

}  // namespace bench
