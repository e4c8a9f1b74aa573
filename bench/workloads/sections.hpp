// SPDX-License-Identifier: BSL-1.0
// Threads that share a lock: what they do with it and without, and a sample of that.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "harness/ticks.hpp"
#include "harness/timing.hpp"
#include "workloads/together.hpp"

namespace bench {

struct shape {
  const char* name;
  double inside;       // nanoseconds of work with the lock held
  double outside;      // and without, between bursts
  unsigned burst = 1;  // sections back to back
};

inline constexpr shape empty_section{"empty section", 0, 0};
inline constexpr shape outside_100ns{"100 ns outside", 0, 100};
inline constexpr shape inside_1us{"1 us inside", 1000, 0};

// A shape in ticks of work, and for how many threads.
struct load {
  load(const shape& form, unsigned thread_count, std::chrono::milliseconds lasting)
      : threads(thread_count),
        inside(ticks_of_work(form.inside)),
        outside(ticks_of_work(form.outside)),
        burst(form.burst),
        window(lasting) {}

  unsigned threads;
  std::uint64_t inside;
  std::uint64_t outside;
  unsigned burst;
  std::chrono::milliseconds window;
};

template <class Cell>
throughput sample_sections(const load& how) {
  Cell cell;
  const auto run = [&](unsigned, const std::atomic<bool>& over) {
    std::uint64_t done = 0;
    while (!over.load(std::memory_order_relaxed)) {
      for (unsigned i = 0; i < how.burst; ++i)
        cell.with([&how](long& counter) {
          ++counter;
          keep(counter);
          work(how.inside);
        });
      done += how.burst;
      work(how.outside);
    }
    return done;
  };
  throughput result = run_together(how.threads, how.window, run);
  cell.with([&](long& counter) { result.correct = static_cast<double>(counter) == result.rounds; });
  return result;
}

// The same, to be called later.
template <class Contender>
auto sections_of(const load& how) {
  return [how] { return sample_sections<typename Contender::template cell<cache_line>>(how); };
}

}  // namespace bench
