// SPDX-License-Identifier: BSL-1.0
// A monitor: data, its lock, and two conditions in one class, so that each signal wakes a thread that
// can use it.
#include <array>
#include <cstdio>
#include <thread>
#include <vector>

#include <holdfast/condition.hpp>
#include <holdfast/mutex.hpp>

// [monitor]
// A car park: who comes waits for a place, who fetches a car waits for one.
class car_park {
 public:
  int enter() {
    auto inside = places_.lock();
    free_.wait(inside, [&] { return inside->cars < inside->size; });
    ++inside->cars;
    taken_.notify_one();
    return inside->cars;
  }

  int leave() {
    auto inside = places_.lock();
    taken_.wait(inside, [&] { return inside->cars > 0; });
    --inside->cars;
    free_.notify_one();
    return inside->cars;
  }

 private:
  struct places {
    int size = 3;
    int cars = 0;
  };
  holdfast::mutex<places> places_;
  holdfast::condition free_;   // signalled when a car leaves
  holdfast::condition taken_;  // signalled when a car comes
};
// [/monitor]

int main() {
  constexpr int cars_of_each = 200;
  car_park park;
  std::array<int, 4> most{};
  std::array<int, 2> least{};
  {
    std::vector<std::jthread> threads;
    for (int& seen : most)
      threads.emplace_back([&park, &seen] {
        for (int car = 0; car < cars_of_each; ++car) {
          const int cars = park.enter();
          if (cars > seen) seen = cars;
        }
      });
    for (int& seen : least)
      threads.emplace_back([&park, &seen] {
        for (int car = 0; car < 2 * cars_of_each; ++car) {
          const int cars = park.leave();
          if (cars < seen) seen = cars;
        }
      });
  }
  int highest = 0;
  for (const int seen : most)
    if (seen > highest) highest = seen;
  std::printf("never more than %d cars, never fewer than %d\n", highest,
              least[0] < least[1] ? least[0] : least[1]);
  return highest <= 3 && least[0] == 0 && least[1] == 0 ? 0 : 1;
}
