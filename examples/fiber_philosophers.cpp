// SPDX-License-Identifier: BSL-1.0
// A thousand dining philosophers, each a fiber: on one thread with fiber_lock and an order of the
// forks, and on a pool of threads with mutex<T> and lock_all.
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <mutex>
#include <utility>
#include <vector>

#include <holdfast/fiber/fiber.hpp>
#include <holdfast/mutex.hpp>

constexpr std::size_t seats = 1000;
constexpr int meals = 20;

// Every fork has been used for all meals of the two philosophers beside it.
bool all_ate(const std::vector<int>& used) {
  return std::ranges::all_of(used, [](int n) { return n == 2 * meals; });
}

bool on_one_thread() {
  // [scheduler]
  std::vector<holdfast::fiber_lock> forks(seats);
  std::vector<int> used(seats);
  holdfast::fiber::scheduler table;
  for (std::size_t seat = 0; seat < seats; ++seat)
    table.spawn([&, seat] {
      // The fork with the smaller number first: so no circle of waiters can form.
      const auto [first, second] = std::minmax({seat, (seat + 1) % seats});
      for (int meal = 0; meal < meals; ++meal) {
        const std::scoped_lock one(forks[first]);
        holdfast::fiber::yield();  // the neighbour tries to take it meanwhile
        const std::scoped_lock other(forks[second]);
        ++used[first];
        ++used[second];
      }
    });
  table.run();
  // [/scheduler]
  return all_ate(used);
}

bool on_a_pool() {
  // [pool]
  std::vector<holdfast::mutex<int>> forks(seats);
  {
    holdfast::fiber::pool table;  // a thread for each CPU
    for (std::size_t seat = 0; seat < seats; ++seat)
      table.spawn([&, seat] {
        for (int meal = 0; meal < meals; ++meal) {
          auto [left, right] = holdfast::lock_all(forks[seat], forks[(seat + 1) % seats]);
          ++*left;
          holdfast::fiber::yield();  // with both forks in hand
          ++*right;
        }
      });
  }  // waits for all
  // [/pool]
  std::vector<int> used;
  used.reserve(seats);
  for (auto& each : forks) used.push_back(each.get_mut());
  return all_ate(used);
}

int main() {
  const bool one = on_one_thread();
  const bool several = on_a_pool();
  std::cout << seats << " philosophers on one thread: " << (one ? "all ate" : "miscounted") << '\n'
            << seats << " philosophers on a pool: " << (several ? "all ate" : "miscounted") << '\n';
  return one && several ? 0 : 1;
}
