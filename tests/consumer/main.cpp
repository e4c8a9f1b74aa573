// SPDX-License-Identifier: BSL-1.0
// A newcomer's program: four threads count to 4,000,000 in a mutex and under a spin lock.
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include <holdfast/mutex.hpp>
#include <holdfast/spin/spin_lock.hpp>

int main() {
  constexpr long threads = 4;
  constexpr long increments = 1'000'000;

  holdfast::mutex<long> counter;
  holdfast::spin_lock lock;
  long beside = 0;

  {
    std::vector<std::jthread> workers;
    for (long i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        for (long n = 0; n < increments; ++n) {
          auto value = counter.lock();
          ++*value;
        }
        for (long n = 0; n < increments / 10; ++n) {
          std::scoped_lock hold(lock);
          ++beside;
        }
      });
    }
  }

  auto value = counter.lock();
  const long counted = *value;
  std::cout << "counted " << counted << " and " << beside << '\n';
  return counted == threads * increments && beside == threads * increments / 10 ? 0 : 1;
}
