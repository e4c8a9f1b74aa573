// SPDX-License-Identifier: BSL-1.0
// One lock for everybody: fibers of a scheduler, fibers of a pool and plain threads count in the same
// mutex<T>; and what a fiber has for itself.
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <holdfast/fiber/fiber.hpp>
#include <holdfast/mutex.hpp>

constexpr long rounds = 2'000;

long count_together() {
  // [everybody]
  holdfast::mutex<long> counter(0);
  const auto count = [&] {
    for (long i = 0; i < rounds; ++i) counter.with([](long& n) { ++n; });
  };

  holdfast::fiber::pool pool(2);
  for (int i = 0; i < 4; ++i) pool.spawn(count);  // nobody wants to hear of their ends

  std::jthread plain(count);

  holdfast::fiber::scheduler scheduler;
  for (int i = 0; i < 4; ++i) scheduler.spawn(count);
  scheduler.run();  // on this thread

  plain.join();
  pool.wait();
  // [/everybody]
  return counter.copy();
}

int main() {
  const long counted = count_together();

  // [handle]
  holdfast::fiber::scheduler s;
  auto answer = s.spawn({.name = "answer"}, [] { return 42; });
  auto failure = s.spawn([]() -> int { throw std::runtime_error("no answer"); });
  s.run();

  const int value = answer.join();
  std::string what;
  try {
    failure.join();
  } catch (const std::runtime_error& e) {
    what = e.what();  // thrown in the fiber, and again by join()
  }
  // [/handle]

  // [local]
  static holdfast::fiber::local<int> visits;  // each fiber has its own, which begins at 0
  const auto visit = [] {
    for (int i = 0; i < 3; ++i) {
      ++*visits;
      holdfast::fiber::yield();
    }
    return *visits;
  };
  auto one = s.spawn(visit);
  auto other = s.spawn(visit);
  s.run();
  // [/local]
  const int first = one.join();
  const int second = other.join();

  std::cout << "counted " << counted << ", the answer is " << value << ", then " << what
            << "; each fiber made " << first << " and " << second << " visits\n";
  return counted == 9 * rounds && value == 42 && what == "no answer" && first == 3 && second == 3
             ? 0
             : 1;
}
