// SPDX-License-Identifier: BSL-1.0
// What the tests of coroutines run: a coroutine without result, and executors.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace holdfast::test {

// Runs what it was given when it is told to, in order, on the thread that tells.
class manual_executor {
 public:
  template <class Function>
  void execute(const Function& f) {
    const std::scoped_lock hold(mutex_);
    ready_.emplace_back(f);
  }

  // For a coroutine that lets others go first.
  auto next() noexcept {
    struct later {
      manual_executor& executor;
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> self) {
        executor.execute([self] { self.resume(); });
      }
      void await_resume() noexcept {}
    };
    return later{*this};
  }

  std::size_t size() {
    const std::scoped_lock hold(mutex_);
    return ready_.size();
  }
  bool run_one() {
    std::function<void()> next;
    {
      const std::scoped_lock hold(mutex_);
      if (ready_.empty()) return false;
      next = std::move(ready_.front());
      ready_.pop_front();
    }
    next();
    return true;
  }
  void run() {
    while (run_one()) {
    }
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> ready_;
};

// Some threads that run what they were given, until it is destroyed: all of it.
class thread_pool {
 public:
  explicit thread_pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  }
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;
  ~thread_pool() {
    {
      const std::scoped_lock hold(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    for (std::thread& each : threads_) each.join();
  }

  template <class Function>
  void execute(const Function& f) {
    const std::scoped_lock hold(mutex_);
    ready_.emplace_back(f);
    changed_.notify_one();
  }

 private:
  void serve() {
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return ends_ || !ready_.empty(); });
      if (ready_.empty()) return;
      const std::function<void()> next = std::move(ready_.front());
      ready_.pop_front();
      hold.unlock();
      next();
      hold.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> ready_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

// A coroutine that begins at once. Its frame lives until this is destroyed: also if it is suspended.
class coroutine {
 public:
  struct promise_type {
    coroutine get_return_object() {
      return coroutine(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };

  coroutine(coroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  coroutine& operator=(coroutine&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~coroutine() { destroy(); }

  bool is_done() const noexcept { return handle_.done(); }
  void destroy() noexcept {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

 private:
  explicit coroutine(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

// A coroutine that belongs to nobody: its frame is gone when it has ended. It says where it goes on.
struct detached {
  struct promise_type {
    template <class... Rest>
    explicit promise_type(thread_pool& pool, Rest&&...) noexcept : pool_(pool) {}
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    thread_pool& executor() const noexcept { return pool_; }

   private:
    thread_pool& pool_;
  };
};

}  // namespace holdfast::test
