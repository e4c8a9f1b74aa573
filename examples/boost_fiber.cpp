// SPDX-License-Identifier: BSL-1.0
// Fibers of Boost.Fiber and a plain thread at one mutex<T>: while a fiber waits, the others of its
// thread run.
#include <iostream>
#include <thread>

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>

#include <holdfast/fiber/boost_fiber.hpp>
#include <holdfast/mutex.hpp>

int main() {
  constexpr long rounds = 1'000;
  holdfast::mutex<long> counter(0);

  // [boost]
  std::jthread plain([&] {
    for (long i = 0; i < rounds; ++i) counter.with([](long& n) { ++n; });
  });

  {
    const holdfast::fiber::boost_fibers_wait_here adapter;  // first, in each thread of Boost fibers
    const auto count = [&] {
      for (long i = 0; i < rounds; ++i) {
        auto n = counter.lock();
        ++*n;
        boost::this_fiber::yield();  // the guard is the fiber's: the other one waits for it
      }
    };
    boost::fibers::fiber one(count);
    boost::fibers::fiber other(count);
    one.join();
    other.join();
  }
  // [/boost]

  plain.join();
  const long counted = counter.get_mut();
  std::cout << "two Boost fibers and a thread counted " << counted << '\n';
  return counted == 3 * rounds ? 0 : 1;
}
