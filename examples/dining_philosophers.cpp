// SPDX-License-Identifier: BSL-1.0
// The dining philosophers: each needs the two forks beside the plate, and lock_all takes both or
// waits for both, so that no circle of waiters can form.
#include <array>
#include <cstddef>
#include <cstdio>
#include <thread>

#include <holdfast/mutex.hpp>

struct dinner_fork {
  int meals = 0;  // eaten with it
};

int main() {
  constexpr std::size_t seats = 5;
  constexpr int meals = 1000;
  std::array<holdfast::mutex<dinner_fork>, seats> forks;

  // [philosopher]
  const auto philosopher = [&forks](std::size_t seat) {
    auto& beside_left = forks[seat];
    auto& beside_right = forks[(seat + 1) % forks.size()];
    for (int meal = 0; meal < meals; ++meal) {
      auto [left, right] = holdfast::lock_all(beside_left, beside_right);
      ++left->meals;
      ++right->meals;
    }  // puts both forks down, and thinks
  };
  // [/philosopher]

  {
    std::array<std::jthread, seats> table;
    for (std::size_t seat = 0; seat < seats; ++seat) table[seat] = std::jthread(philosopher, seat);
  }

  bool all_ate = true;
  for (auto& each : forks) all_ate = all_ate && each.get_mut().meals == 2 * meals;
  std::printf("%zu philosophers ate %d meals each\n", seats, meals);
  return all_ate ? 0 : 1;
}
