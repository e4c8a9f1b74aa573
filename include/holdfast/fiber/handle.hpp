// SPDX-License-Identifier: BSL-1.0
// What is left in the hands of whoever has spawned a fiber: to wait for it, to get its result, to ask
// it to stop.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/once.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/native.hpp"

namespace holdfast::fiber {

namespace detail {

// What a fiber and its handle share; the last of them deletes it.
class HOLDFAST_EXPORT state {
 public:
  explicit state(std::string name);
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  // On the fiber. Exceptions are kept for the handle.
  void run() noexcept;
  // The fiber has ended, or will never begin.
  void end() noexcept;
  void abandon() noexcept;

  void share() noexcept { owners_.fetch_add(1, platform::order::relaxed); }
  void release() noexcept;

  // By the handle.
  void forget() noexcept;
  void finish_join();  // throws what the fiber threw
  void refuse_own_join() const;
  basic_once<platform::native>& ended() noexcept { return ended_; }

  std::stop_source& stop() noexcept { return stop_; }
  const std::string& name() const noexcept { return name_; }
  std::uint64_t id() const noexcept { return id_; }

 protected:
  virtual ~state();

 private:
  virtual void call() = 0;

  platform::atomic<unsigned> owners_{1};
  platform::atomic<bool> has_handle_{true};
  bool abandoned_ = false;
  basic_once<platform::native> ended_;
  std::exception_ptr error_;
  std::stop_source stop_;
  const std::string name_;
  const std::uint64_t id_;
};

// Where the result goes.
template <class R>
class state_with_result : public state {
 public:
  using state::state;
  R take() { return *std::move(result_); }

 protected:
  std::optional<R> result_;
};
template <class R>
class state_with_result<R&> : public state {
 public:
  using state::state;
  R& take() noexcept { return *result_; }

 protected:
  R* result_ = nullptr;
};
template <>
class state_with_result<void> : public state {
 public:
  using state::state;
  static void take() noexcept {}
};

// A function that a fiber can run: with its stop_token, if it takes one.
template <class F>
concept fiber_function = std::invocable<F&&> || std::invocable<F&&, std::stop_token>;

template <class F>
decltype(auto) call_fiber_function(F&& f, std::stop_source& stop) {
  if constexpr (std::invocable<F&&, std::stop_token>)
    return std::invoke(std::forward<F>(f), stop.get_token());
  else
    return std::invoke(std::forward<F>(f));
}

template <fiber_function F>
using result_of =
    decltype(call_fiber_function(std::declval<F>(), std::declval<std::stop_source&>()));

template <class F>
class spawned final : public state_with_result<result_of<F>> {
  using result = result_of<F>;

 public:
  template <class Function>
  spawned(std::string name, Function&& f)
      : state_with_result<result>(std::move(name)), f_(std::in_place, std::forward<Function>(f)) {}

 private:
  void call() override {
    // What the function owns ends with it, on the fiber.
    struct ends {
      std::optional<F>& f;
      ~ends() { f.reset(); }
    } at_end{f_};
    if constexpr (std::is_void_v<result>)
      call_fiber_function(std::move(*f_), this->stop());
    else if constexpr (std::is_lvalue_reference_v<result>)
      this->result_ = std::addressof(call_fiber_function(std::move(*f_), this->stop()));
    else
      this->result_.emplace(call_fiber_function(std::move(*f_), this->stop()));
  }

  std::optional<F> f_;
};

}  // namespace detail

// Waits and asks; from any thread or fiber. When it is destroyed or detached first, the fiber runs
// on alone, and an exception that leaves it then ends the program, as with a thread.
//
// Ordering: everything that the fiber did happens before the return of a wait that finds it ended.
template <class R>
class handle {
 public:
  handle() noexcept = default;
  explicit handle(detail::state_with_result<R>* shared) noexcept : shared_(shared) {}
  handle(handle&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  handle& operator=(handle&& other) noexcept {
    if (this != &other) {
      detach();
      shared_ = std::exchange(other.shared_, nullptr);
    }
    return *this;
  }
  ~handle() { detach(); }

  // Waits for the end of the fiber, and returns its result or throws what it threw. Once. Throws
  // std::system_error (resource_deadlock_would_occur) if it is the calling fiber itself, and
  // (operation_canceled) if its scheduler was destroyed before it began.
  R join() {
    shared_->refuse_own_join();
    shared_->ended().wait();
    struct at_end {
      handle& self;
      ~at_end() { self.detach(); }
    } done{*this};
    shared_->finish_join();
    return shared_->take();
  }

  // Waits for the end of the fiber, which is to be joined all the same. With an end, false if that
  // came first.
  void wait() { shared_->ended().wait(); }
  template <stop_token_like Stop>
  [[nodiscard]] bool wait(const Stop& stop) {
    return shared_->ended().wait(stop);
  }
  template <duration_like Duration>
  [[nodiscard]] bool wait_for(const Duration& duration) {
    return shared_->ended().wait_for(duration);
  }
  template <class Point>
  [[nodiscard]] bool wait_until(const Point& point) {
    return shared_->ended().wait_until(point);
  }

  bool has_ended() const noexcept { return shared_->ended().is_completed(); }

  // Asks the fiber to stop: the token it was given says so. False if it was asked before.
  bool request_stop() noexcept { return shared_->stop().request_stop(); }
  std::stop_source get_stop_source() const noexcept { return shared_->stop(); }

  // True until it is joined, detached or moved from; only then the other members may be called.
  bool joinable() const noexcept { return shared_ != nullptr; }

  // The fiber runs on alone.
  void detach() noexcept {
    if (shared_ != nullptr) std::exchange(shared_, nullptr)->forget();
  }

  const std::string& name() const noexcept { return shared_->name(); }
  std::uint64_t id() const noexcept { return shared_->id(); }

 private:
  detail::state_with_result<R>* shared_ = nullptr;
};

}  // namespace holdfast::fiber
