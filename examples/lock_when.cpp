// SPDX-License-Identifier: BSL-1.0
// Waiting for the data to be as it should, with no signal that somebody could forget.
#include <chrono>
#include <cstdio>
#include <deque>
#include <thread>

#include <holdfast/mutex.hpp>

int main() {
  using namespace std::chrono_literals;
  holdfast::mutex<std::deque<int>> queue;

  std::jthread producer([&queue] {
    for (int i = 1; i <= 100; ++i) queue.lock()->push_back(i);
  });

  // [when]
  int sum = 0;
  for (int i = 0; i < 100; ++i) {
    auto q = queue.lock_when([](const auto& jobs) { return !jobs.empty(); });
    sum += q->front();
    q->pop_front();
  }
  // [/when]

  // [ends]
  const auto has_jobs = [](const std::deque<int>& jobs) { return !jobs.empty(); };
  const bool late = !queue.lock_when(has_jobs, 1ms);  // also a time point, a deadline, a stop_token
  // [/ends]

  // [await]
  std::jthread helper([&queue] { queue.lock()->push_back(7); });
  auto q = queue.lock();
  q.wait_until_true(has_jobs);  // gives the lock away meanwhile
  const int last = q->front();
  // [/await]
  std::printf("%d %d\n", sum, last);
  return sum == 5050 && late && last == 7 ? 0 : 1;
}
