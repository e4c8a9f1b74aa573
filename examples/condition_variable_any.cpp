// SPDX-License-Identifier: BSL-1.0
// A guard with the standard library's condition variable: wait gives the lock back and takes it
// again.
#include <condition_variable>
#include <cstdio>
#include <queue>
#include <thread>

#include <holdfast/mutex.hpp>

int main() {
  holdfast::mutex<std::queue<int>> queue;
  std::condition_variable_any filled;

  std::jthread producer([&] {
    for (int i = 1; i <= 100; ++i) {
      queue.lock()->push(i);
      filled.notify_one();
    }
  });

  int sum = 0;
  for (int taken = 0; taken < 100; ++taken) {
    // [wait]
    auto q = queue.lock();
    filled.wait(q, [&] { return !q->empty(); });
    sum += q->front();
    q->pop();
    // [/wait]
  }
  std::printf("sum %d\n", sum);
  return sum == 5050 ? 0 : 1;
}
