// SPDX-License-Identifier: BSL-1.0
// A thread pool: a bounded queue of tasks, and threads that take them. Whoever submits faster than
// the threads work has to wait.
#include <cstddef>
#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <holdfast/bounded_queue.hpp>

// [pool]
class thread_pool {
 public:
  thread_pool(std::size_t threads, std::size_t waiting_tasks) : tasks_(waiting_tasks) {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] {
        while (auto task = tasks_.pop()) (*task)();
      });
  }

  // Runs what has been submitted to its end.
  ~thread_pool() { tasks_.close(); }

  // Waits while too many tasks wait. What `function` returns or throws is in the future.
  template <class Function>
  auto submit(Function function) {
    using result = std::invoke_result_t<Function>;
    auto work = std::make_shared<std::packaged_task<result()>>(std::move(function));
    auto outcome = work->get_future();
    tasks_.push([work] { (*work)(); });
    return outcome;
  }

 private:
  holdfast::bounded_queue<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;  // last: they end before the queue does
};
// [/pool]

long sum_to(long n) {
  long sum = 0;
  for (long i = 1; i <= n; ++i) sum += i;
  return sum;
}

int main() {
  long sum = 0;
  bool threw = false;
  {
    thread_pool pool(4, 8);
    std::vector<std::future<long>> sums;
    for (long n = 1; n <= 100; ++n) sums.push_back(pool.submit([n] { return sum_to(n); }));
    for (auto& each : sums) sum += each.get();

    auto failed = pool.submit([]() -> int { throw std::runtime_error("the task failed"); });
    try {
      failed.get();
    } catch (const std::runtime_error& error) {
      threw = true;
      std::printf("%s\n", error.what());
    }
  }
  std::printf("the sum of all sums is %ld\n", sum);
  return sum == 171'700 && threw ? 0 : 1;
}
