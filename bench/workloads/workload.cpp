// SPDX-License-Identifier: BSL-1.0
// The list of workloads.
#include "workloads/workload.hpp"

#include <fnmatch.h>

namespace bench {

std::span<const workload> all_workloads() {
  static constexpr workload workloads[] = {
      {"sizes", "bytes of each lock", run_sizes},
      {"pair", "one uncontended lock and unlock", run_pair},
      {"poison", "what poisoning adds to that", run_poison},
      {"contended", "throughput, fairness and CPU time with several threads", run_contended},
      {"latency", "how long lock() takes with several threads", run_latency},
      {"length", "throughput over the length of the section", run_length},
      {"locks", "a thousand locks, picked at random", run_locks},
      {"words", "counting the words of a text in a map with a lock for each part", run_words},
      {"memory", "a million mutexes: bytes, time to make and to destroy", run_memory},
      {"startup", "what a process pays for its first lock", run_startup},
      {"semaphore", "semaphores: an uncontended pair, ping-pong, one permit for several threads",
       run_semaphore},
      {"condition", "signals in turn, busy and idle; a signal to 64 waiters", run_condition},
      {"queue", "elements a second through a bounded queue", run_queue},
      {"shared", "reader-writer locks: uncontended pairs, and several threads that mostly read",
       run_shared},
      {"fibers", "user-level threads: switches, locks, wakes across threads", run_fibers},
      {"processes",
       "between processes: an uncontended pair, and from the death of an owner to the next",
       run_processes},
      {"include", "compile time of #include <holdfast/mutex.hpp>", run_include},
  };
  return workloads;
}

bool is_asked_for(const std::vector<std::string>& patterns, const char* name) {
  const auto fits = [name](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name, 0) == 0;
  };
  return patterns.empty() || std::ranges::any_of(patterns, fits);
}

}  // namespace bench
