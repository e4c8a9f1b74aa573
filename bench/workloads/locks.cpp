// SPDX-License-Identifier: BSL-1.0
// Workload `locks`: a thousand locks, each with its data beside it, of which the threads pick one at
// random. Whoever waits finds the others in the table of all waiters, if there is one.
//
// The budget, with 14 contenders and 7 rounds: 0.4 s a contender and round, 40 s.
#include <atomic>
#include <memory>

#include "contenders/lists.hpp"
#include "harness/random.hpp"
#include "harness/timing.hpp"
#include "workloads/together.hpp"

namespace bench {
namespace {

using measured = blocking_mutexes;

constexpr unsigned lock_count = 1000;

template <class Cell>
throughput sample_locks(unsigned threads, std::chrono::milliseconds window) {
  const auto cells = std::make_unique<Cell[]>(lock_count);
  const auto run = [&cells](unsigned number, const std::atomic<bool>& over) {
    random_numbers random(number);
    std::uint64_t done = 0;
    for (; !over.load(std::memory_order_relaxed); ++done)
      cells[random.below(lock_count)].with([](long& counter) {
        ++counter;
        keep(counter);
      });
    return done;
  };
  throughput result = run_together(threads, window, run);
  double sum = 0;
  for (unsigned i = 0; i < lock_count; ++i)
    cells[i].with([&sum](long& counter) { sum += static_cast<double>(counter); });
  result.correct = sum == result.rounds;
  return result;
}

}  // namespace

outcome run_locks(const settings& how, random_source& random) {
  together_tasks all;
  for (const unsigned threads : threads_of(how, {2, 16, 64}, {2, 16})) {
    const auto window = window_for(threads, how.quick);
    add_tasks<measured>(
        all, how, {{"locks", lock_count}, {"threads", threads}}, [&]<class Contender> {
          return [=] {
            return sample_locks<typename Contender::template cell<beside>>(threads, window);
          };
        });
  }
  return measure_together("locks", all, how, random, [](const auto& tasks, const auto& samples) {
    print_together("many locks", tasks, samples);
  });
}

}  // namespace bench
