// SPDX-License-Identifier: BSL-1.0
// Peterson's solution: two parties who know which one they are.
#include <cstdio>
#include <thread>

#include <holdfast/spin/peterson_lock.hpp>

int main() {
  // [peterson]
  holdfast::peterson_lock lock;
  long counter = 0;

  const auto count = [&](unsigned party) {
    for (int i = 0; i < 20'000; ++i) {
      lock.enter_region(party);
      ++counter;
      lock.leave_region(party);
    }
  };
  {
    std::jthread first(count, 0U);
    std::jthread second(count, 1U);
  }
  // [/peterson]
  std::printf("%ld\n", counter);
  return counter == 40'000 ? 0 : 1;
}
