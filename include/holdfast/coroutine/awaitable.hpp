// SPDX-License-Identifier: BSL-1.0
// What co_await takes: an operation, its ends, and where the coroutine goes on.
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include "holdfast/coroutine/async_ends.hpp"
#include "holdfast/coroutine/async_wait.hpp"

namespace holdfast::detail {

[[noreturn]] HOLDFAST_EXPORT void refuse_to_be_awaited_again(const void* operation) noexcept;

// An operation is derived from async_wait, is awaited once, and has
//   explicit Operation(request)   what it is for, and with what
//   bool at_once(bool stopped)    tries it, or not if stopped; true if it is over
//   auto result<bool has_end>()   of one that is over; may throw
template <class Operation, class Until, class Stop, class Executor>
class [[nodiscard("nothing is done before it is awaited")]] awaitable final : private Operation {
  static constexpr bool has_end =
      !(std::is_same_v<Until, no_deadline> && std::is_same_v<Stop, no_stop>);
  using resumption_type = resumption<typename Operation::queues>;

 public:
  template <class Request, class... Arguments>
  explicit awaitable(Request&& request, const Arguments&... arguments)
      : Operation(std::forward<Request>(request)),
        until_(deadline_among(arguments...)),
        stop_(stop_among<typename Operation::waiter>(arguments...)),
        executor_(executor_among(arguments...)) {}
  awaitable(const awaitable&) = delete;
  awaitable& operator=(const awaitable&) = delete;
  ~awaitable() {
    stop_.forget();
    this->abandon();
  }

  bool await_ready() {
    if (std::exchange(awaited_, true)) refuse_to_be_awaited_again(this);
    return this->at_once(stop_.is_requested());
  }

  // Either the coroutine itself is next, or nobody is. So it says bool: a transfer to a handle would
  // need a tail call for the first, which g++ makes in optimised builds only.
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    static_assert(!std::is_same_v<Executor, resume_as_promised> || has_executor<Promise>,
                  "holdfast: where does this coroutine go on after its wait? Give "
                  "holdfast::resume_on(executor) as the last argument, or its promise a member "
                  "executor() that returns one");
    if constexpr (!std::is_same_v<Executor, resume_as_promised> || has_executor<Promise>) {
      coroutine_ = coroutine;
      post_ = [](awaitable& self, const resumption_type& what) noexcept {
        self.executor_.post(std::coroutine_handle<Promise>::from_address(self.coroutine_.address()),
                            what);
      };
      stop_.listen(this->stoppable());
      return !this->start(until_.first_look());  // true: *this may be gone
    } else {
      return false;
    }
  }

  decltype(auto) await_resume() { return this->template result<has_end>(); }

 private:
  bool is_renewed(deadline& next_look) noexcept override { return until_.is_renewed(next_look); }
  void post(resumption_type what) noexcept override { post_(*this, what); }
  void over() override { coroutine_.resume(); }

  [[no_unique_address]] Until until_;
  Stop stop_;  // does not move
  [[no_unique_address]] Executor executor_;
  bool awaited_ = false;
  std::coroutine_handle<> coroutine_;
  void (*post_)(awaitable&, const resumption_type&) noexcept = nullptr;
};

template <class Operation, class Request, class... Arguments>
auto make_awaitable(Request&& request, const Arguments&... arguments) {
  static_assert(
      are_async_arguments<Arguments...>,
      "holdfast: the last arguments of a wait are its ends (nothing, a duration, a point in "
      "time, a stop_token, or a deadline and a stop_token), and then resume_on(executor)");
  using waiter = typename Operation::waiter;
  return awaitable<Operation, decltype(deadline_among(arguments...)),
                   decltype(stop_among<waiter>(arguments...)),
                   std::remove_cvref_t<decltype(executor_among(arguments...))>>(
      std::forward<Request>(request), arguments...);
}

}  // namespace holdfast::detail
