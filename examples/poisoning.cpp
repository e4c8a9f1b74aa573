// SPDX-License-Identifier: BSL-1.0
// An owner that leaves by an exception poisons the mutex: the next one learns that the data may be
// half done.
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <holdfast/mutex.hpp>

struct order {
  std::vector<int> prices;
  int total = 0;
};

void add(holdfast::mutex<order>& shared, int price) {
  auto o = shared.lock();
  o->prices.push_back(price);
  if (price < 0) throw std::invalid_argument("negative price");  // the total is now wrong
  o->total += price;
}

int main() {
  holdfast::mutex<order> shared;
  add(shared, 10);
  try {
    add(shared, -1);
  } catch (const std::invalid_argument& error) {
    std::printf("refused: %s\n", error.what());
  }

  // [refused]
  bool refused = false;
  try {
    add(shared, 5);
  } catch (const holdfast::poisoned& error) {
    std::printf("%s\n", error.what());
    refused = true;
  }
  // [/refused]

  // [repair]
  auto o = shared.lock_or_repair([](order& broken) {
    broken.prices.pop_back();  // what the last owner had begun
  });
  // [/repair]
  std::printf("repaired: %zu price, total %d\n", o->prices.size(), o->total);
  return refused && o->prices.size() == 1 && o->total == 10 && !shared.is_poisoned() ? 0 : 1;
}
