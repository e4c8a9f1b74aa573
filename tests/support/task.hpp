// SPDX-License-Identifier: BSL-1.0
// A coroutine with a result, for another coroutine that awaits it.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace holdfast::test {

template <class Result>
struct task_result {
  std::optional<Result> value;
  void return_value(Result given) { value.emplace(std::move(given)); }
  Result take() { return std::move(*value); }
};
template <>
struct task_result<void> {
  void return_void() noexcept {}
  void take() noexcept {}
};

// Begins at once. Its frame lives until this is destroyed, also if it is suspended; with it goes
// what it awaits itself. (g++ 12 miscompiles a co_await in the condition of an `if`, and one whose
// operand makes an aggregate of braces: have variables for both.)
template <class Result = void>
class task {
 public:
  class promise_type : public task_result<Result> {
   public:
    task get_return_object() {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct goes_on {
        bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<promise_type> self) noexcept {
          void* const awaits = self.promise().then_.exchange(self.address());
          // The frame, and *this with it, may be gone.
          if (awaits != nullptr) std::coroutine_handle<>::from_address(awaits).resume();
        }
        void await_resume() noexcept {}
      };
      return goes_on{};
    }
    void unhandled_exception() noexcept { thrown_ = std::current_exception(); }

   private:
    friend task;
    std::atomic<void*> then_{nullptr};  // who awaits it; once it has ended, itself
    std::exception_ptr thrown_;
  };

  task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (handle_) handle_.destroy();
  }

  bool is_done() const noexcept { return handle_.promise().then_.load() == handle_.address(); }

  // Of one that has ended. Throws what left it.
  Result result() {
    if (handle_.promise().thrown_ != nullptr) std::rethrow_exception(handle_.promise().thrown_);
    return handle_.promise().take();
  }

  auto operator co_await() noexcept {
    struct awaits {
      task& of;
      bool await_ready() noexcept { return of.is_done(); }
      bool await_suspend(std::coroutine_handle<> self) noexcept {
        void* nobody = nullptr;
        return of.handle_.promise().then_.compare_exchange_strong(nobody, self.address());
      }
      Result await_resume() { return of.result(); }
    };
    return awaits{*this};
  }

 private:
  explicit task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace holdfast::test
