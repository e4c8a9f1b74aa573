// SPDX-License-Identifier: BSL-1.0
// The lock of the fibers of one scheduler, under all the contention that there can be: no fiber ever
// finds it free, and the kernel hears nothing of it.
#include <chrono>
#include <iostream>
#include <mutex>

#include <holdfast/fiber/fiber.hpp>
#include <holdfast/mutex.hpp>

int main() {
  using namespace std::chrono_literals;
  constexpr long fibers = 8;
  constexpr long rounds = 20'000;

  // [lock]
  holdfast::fiber_lock lock;
  long counter = 0;
  holdfast::fiber::scheduler s;
  for (long i = 0; i < fibers; ++i)
    s.spawn([&] {
      for (long n = 0; n < rounds; ++n) {
        const std::scoped_lock hold(lock);
        const long seen = counter;
        holdfast::fiber::yield();  // the others come, and stand in line
        counter = seen + 1;
      }  // given to the first of them
    });
  s.run();
  // [/lock]

  // [mutex]
  holdfast::mutex<long, holdfast::fiber_lock> guarded(0);  // with its data, and poisoning
  s.spawn([&] {
    if (auto value = guarded.try_lock_for(1s)) *value = counter;
  });
  // [/mutex]
  s.run();

  const long counted = guarded.get_mut();
  std::cout << "counted " << counted << " under a lock that was never free\n";
  return counted == fibers * rounds ? 0 : 1;
}
