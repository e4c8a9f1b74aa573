// SPDX-License-Identifier: BSL-1.0
// Coroutines on a thread pool that share a mutex, and wait for each other, without blocking a thread.
#include <coroutine>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <holdfast/async.hpp>

// [executor]
// Threads that call what they are given. execute() is all that a coroutine's wait needs of them.
class thread_pool {
 public:
  explicit thread_pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this] {
        while (auto f = next()) (*f)();
      });
  }
  ~thread_pool() {
    work_.lock()->ends = true;
    changed_.notify_all();
  }

  template <class Function>
  void execute(const Function& f) {
    work_.lock()->ready.emplace_back(f);
    changed_.notify_one();
  }

 private:
  struct work {
    std::vector<std::function<void()>> ready;
    bool ends = false;
  };

  std::optional<std::function<void()>> next() {
    auto all = work_.lock();
    changed_.wait(all, [&all] { return all->ends || !all->ready.empty(); });
    if (all->ready.empty()) return std::nullopt;
    auto last = std::move(all->ready.back());
    all->ready.pop_back();
    return last;
  }

  holdfast::mutex<work> work_;
  holdfast::condition changed_;
  std::vector<std::jthread> threads_;  // last: they end before the rest does
};
// [/executor]

// [promise]
// A coroutine that nobody waits for. All its waits go on in the pool that is its first argument.
struct job {
  struct promise_type {
    template <class... Rest>
    explicit promise_type(thread_pool& pool, Rest&...) : pool_(pool) {}
    thread_pool& executor() const { return pool_; }

    job get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }

   private:
    thread_pool& pool_;
  };
};
// [/promise]

// [job]
job deposits(thread_pool&, holdfast::mutex<long>& account, int times, holdfast::semaphore& done) {
  for (int i = 0; i < times; ++i) {
    auto balance = co_await account.lock_async();
    *balance += 10;
  }
  done.release();
}
// [/job]

int main() {
  holdfast::mutex<long> account(0L);
  holdfast::semaphore done(0);
  thread_pool pool(2);
  for (int i = 0; i < 100; ++i) deposits(pool, account, 100, done);
  for (int i = 0; i < 1'000; ++i) *account.lock().operator->() += 10;  // this thread too
  for (int i = 0; i < 100; ++i) done.acquire();
  std::printf("%ld\n", account.copy());
  return account.copy() == 110'000 ? 0 : 1;
}
