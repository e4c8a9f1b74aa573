// SPDX-License-Identifier: BSL-1.0
// Several mutexes at once: transfers in both directions, without an order of locking to get wrong.
#include <cstdio>
#include <thread>

#include <holdfast/mutex.hpp>

struct account {
  long balance = 0;
};

// [transfer]
bool transfer(holdfast::mutex<account>& from, holdfast::mutex<account>& to, long amount) {
  auto [source, target] = holdfast::lock_all(from, to);
  if (source->balance < amount) return false;
  source->balance -= amount;
  target->balance += amount;
  return true;
}
// [/transfer]

int main() {
  holdfast::mutex<account> ours(account{1000});
  holdfast::mutex<account> theirs(account{1000});
  const auto many = [](auto& from, auto& to) {
    for (int i = 0; i < 10'000; ++i) transfer(from, to, i % 7);
  };
  {
    std::jthread there([&] { many(ours, theirs); });
    std::jthread back([&] { many(theirs, ours); });
  }
  const long sum = ours.get_mut().balance + theirs.get_mut().balance;
  std::printf("%ld + %ld = %ld\n", ours.get_mut().balance, theirs.get_mut().balance, sum);
  return sum == 2000 ? 0 : 1;
}
