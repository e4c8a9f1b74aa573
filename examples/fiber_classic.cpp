// SPDX-License-Identifier: BSL-1.0
// The textbook: user-level threads that exchange a word and yield, with the lock and without.
#include <iostream>

#include <holdfast/fiber/classic.hpp>
#include <holdfast/fiber/scheduler.hpp>

using namespace holdfast::fiber::classic;

constexpr int threads = 4;
constexpr int increments = 10'000;

int count(bool with_lock) {
  // [count]
  mutex_word mutex = 0;
  int counter = 0;

  const auto add_one = [&] {
    if (with_lock) mutex_lock(mutex);
    const int seen = counter;
    thread_yield();  // the worst moment
    counter = seen + 1;
    if (with_lock) mutex_unlock(mutex);
  };

  holdfast::fiber::scheduler package;
  for (int i = 0; i < threads; ++i)
    package.spawn([&] {
      for (int n = 0; n < increments; ++n) add_one();
    });
  package.run();
  // [/count]
  return counter;
}

int main() {
  const int without = count(false);
  const int with = count(true);
  std::cout << "without the lock " << without << " of " << threads * increments << '\n'
            << "with it          " << with << '\n';
  return without < with && with == threads * increments ? 0 : 1;
}
