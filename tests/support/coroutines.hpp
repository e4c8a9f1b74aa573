// SPDX-License-Identifier: BSL-1.0
// What the tests of coroutines run: coroutines without result, and executors.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>
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

  // Whose thread the caller is on, or null. Never inlined, as a fiber may go on on another one.
  [[gnu::noinline]] static thread_pool* of_this_thread() noexcept {
    asm volatile("");
    return serves_;
  }

  // While it lives, nothing that the pool was given runs. Not for the pool's own threads.
  class stopped {
   public:
    explicit stopped(thread_pool& pool) : pool_(pool) {
      std::unique_lock hold(pool_.mutex_);
      ++pool_.stops_;
      pool_.changed_.wait(hold, [this] { return pool_.running_ == 0; });
    }
    stopped(const stopped&) = delete;
    stopped& operator=(const stopped&) = delete;
    ~stopped() {
      const std::scoped_lock hold(pool_.mutex_);
      --pool_.stops_;
      pool_.changed_.notify_all();
    }

   private:
    thread_pool& pool_;
  };

 private:
  void serve() {
    serves_ = this;
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return stops_ == 0 && (ends_ || !ready_.empty()); });
      if (ready_.empty()) return;
      const std::function<void()> next = std::move(ready_.front());
      ready_.pop_front();
      ++running_;
      hold.unlock();
      next();
      hold.lock();
      --running_;
      if (stops_ != 0) changed_.notify_all();
    }
  }

  static inline thread_local thread_pool* serves_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> ready_;
  bool ends_ = false;
  unsigned stops_ = 0;
  unsigned running_ = 0;
  std::vector<std::thread> threads_;
};

// The executor of whoever ends a wait: the pool on whose thread that is, or else another one.
class executor_of_releaser {
 public:
  explicit executor_of_releaser(thread_pool& otherwise) noexcept : otherwise_(otherwise) {}

  template <class Function>
  void execute(const Function& f) {
    thread_pool* const here = thread_pool::of_this_thread();
    (here != nullptr ? *here : otherwise_).execute(f);
  }

 private:
  thread_pool& otherwise_;
};

// One of these, chosen at run time.
class any_executor {
 public:
  any_executor() noexcept = default;
  template <class Executor>
    requires(!std::is_same_v<Executor, any_executor>)
  explicit any_executor(Executor& of) noexcept
      : of_(&of), execute_([](void* to, const std::function<void()>& f) {
          static_cast<Executor*>(to)->execute(f);
        }) {}

  template <class Function>
  void execute(const Function& f) const {
    execute_(of_, f);
  }

  // For a coroutine that lets others go first, or goes there from elsewhere.
  auto next() const noexcept {
    struct later {
      any_executor executor;
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> self) {
        const any_executor own = executor;  // *this may be gone before that returns
        own.execute([self] { self.resume(); });
      }
      void await_resume() noexcept {}
    };
    return later{*this};
  }

 private:
  void* of_ = nullptr;
  void (*execute_)(void* to, const std::function<void()>& f) = nullptr;
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

}  // namespace holdfast::test
