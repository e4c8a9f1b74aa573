// SPDX-License-Identifier: BSL-1.0
// Data that each exception leaves intact needs no poisoning.
#include <cstdio>
#include <stdexcept>

#include <holdfast/mutex.hpp>

// [policy]
using tally = holdfast::mutex<long, holdfast::parking_lock, holdfast::no_poisoning>;
// [/policy]

void add(tally& shared, long amount) {
  auto sum = shared.lock();
  if (amount < 0) throw std::invalid_argument("negative amount");  // nothing has been changed yet
  *sum += amount;
}

int main() {
  tally shared(0);
  add(shared, 40);
  try {
    add(shared, -1);
  } catch (const std::invalid_argument& error) {
    std::printf("refused: %s\n", error.what());
  }
  add(shared, 2);  // a mutex with the default policy would throw holdfast::poisoned here
  std::printf("%ld\n", shared.copy());
  return shared.copy() == 42 && !shared.is_poisoned() ? 0 : 1;
}
