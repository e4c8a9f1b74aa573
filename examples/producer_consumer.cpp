// SPDX-License-Identifier: BSL-1.0
// Producers and consumers: a queue of few places between them, closed when there is nothing to come.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include <holdfast/bounded_queue.hpp>

using namespace std::chrono_literals;

struct order {
  int number;
};
using orders = holdfast::bounded_queue<std::unique_ptr<order>>;

// [producer-consumer]
void produce(orders& queue, int from, int to) {
  for (int number = from; number < to; ++number)
    queue.push(std::make_unique<order>(number));  // waits while the queue is full
}

void consume(orders& queue, std::atomic<long>& sum) {
  while (auto next = queue.pop())  // waits while it is empty; ends when it is closed and drained
    sum += (*next)->number;
}
// [/producer-consumer]

long run() {
  std::atomic<long> sum{0};
  // [close]
  orders queue(16);
  {
    std::jthread first([&] { consume(queue, sum); });
    std::jthread second([&] { consume(queue, sum); });
    {
      std::jthread low([&] { produce(queue, 1, 501); });
      std::jthread high([&] { produce(queue, 501, 1001); });
    }  // the producers are done
    queue.close();
  }  // the consumers have taken everything
  // [/close]
  return sum;
}

// What is refused stays with its owner.
bool keeps_what_is_refused() {
  orders queue(1);
  queue.push(std::make_unique<order>(1));
  // [ends]
  auto extra = std::make_unique<order>(2);
  if (!queue.try_push(std::move(extra)))               // full
    if (!queue.try_push_for(std::move(extra), 1ms))    // still full
      std::printf("order %d waits\n", extra->number);  // and still ours

  std::jthread worker([&](const std::stop_token& stop) {
    while (auto next = queue.pop(stop))  // also ends when it is told to stop
      std::printf("order %d is done\n", (*next)->number);
  });
  // [/ends]
  while (!queue.empty()) std::this_thread::yield();
  worker.request_stop();
  worker.join();

  queue.close();
  // [closed]
  try {
    queue.push(std::move(extra));
  } catch (const holdfast::queue_closed& error) {
    std::printf("%s\n", error.what());  // `extra` has not been touched
  }
  // [/closed]
  return extra != nullptr;
}

// [batch]
// One lock, and one look at the other side, for up to 64 elements.
std::size_t drain(holdfast::bounded_queue<int>& queue) {
  std::size_t count = 0;
  std::vector<int> batch;
  while (queue.pop_some(std::back_inserter(batch), 64) != 0) {
    count += batch.size();
    batch.clear();
  }
  return count;
}
// [/batch]

int main() {
  const long sum = run();
  const bool kept = keeps_what_is_refused();
  holdfast::bounded_queue<int> numbers(128);
  for (int i = 0; i < 100; ++i) numbers.push(i);
  numbers.close();
  const std::size_t drained = drain(numbers);
  std::printf("sum %ld, drained %zu\n", sum, drained);
  return sum == 500'500 && kept && drained == 100 ? 0 : 1;
}
