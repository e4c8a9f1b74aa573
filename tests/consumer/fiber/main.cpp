// SPDX-License-Identifier: BSL-1.0
// A newcomer's program: fibers of one thread under a fiber_lock, then fibers of a pool and a thread
// at one mutex.
#include <iostream>
#include <mutex>
#include <thread>

#include <holdfast/fiber/fiber.hpp>
#include <holdfast/mutex.hpp>

int main() {
  constexpr long fibers = 100;
  constexpr long rounds = 1'000;

  holdfast::fiber_lock lock;
  long counter = 0;
  holdfast::fiber::scheduler scheduler;
  for (long i = 0; i < fibers; ++i)
    scheduler.spawn([&] {
      for (long n = 0; n < rounds; ++n) {
        std::scoped_lock hold(lock);
        const long seen = counter;
        if (n % 10 == 0) holdfast::fiber::yield();
        counter = seen + 1;
      }
    });
  scheduler.run();

  holdfast::mutex<long> shared(0);
  const auto count = [&] {
    for (long n = 0; n < rounds; ++n) shared.with([](long& value) { ++value; });
    return rounds;
  };
  holdfast::fiber::pool pool(2);
  auto one = pool.spawn(count);
  std::jthread plain(count);
  for (long i = 1; i < fibers; ++i) pool.spawn(count);
  const bool joined = one.join() == rounds;
  pool.wait();
  plain.join();

  const long beside = shared.get_mut();
  std::cout << "counted " << counter << " and " << beside << '\n';
  return joined && counter == fibers * rounds && beside == (fibers + 1) * rounds ? 0 : 1;
}
