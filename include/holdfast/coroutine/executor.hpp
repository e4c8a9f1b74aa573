// SPDX-License-Identifier: BSL-1.0
// Where a coroutine goes on after a wait.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/coroutine/ticket.hpp"
#include "holdfast/platform/native.hpp"

namespace holdfast {

// Runs `f`, a copyable function object of 16 bytes, some time after execute() has been called, on
// whatever thread. It must not run `f` before execute() returns, as that is called from within an
// unlock, a notification or a stop; and it must not throw, as nobody could tell the coroutine.
template <class Executor>
concept executor_like =
    requires(Executor& executor, const detail::resumption<platform::native::unchecked>& f) {
      executor.execute(f);
    };

namespace detail {

// `Executor` is a reference for an lvalue.
template <class Executor>
class resume_on_given {
 public:
  explicit resume_on_given(Executor&& executor) noexcept
      : executor_(std::forward<Executor>(executor)) {}

  // The resumption may end the coroutine before execute() returns, and *this with it.
  template <class Handle, class Resumption>
  void post(const Handle&, const Resumption& what) noexcept {
    Executor own = static_cast<const resume_on_given&>(*this).executor_;
    own.execute(what);
  }

 private:
  static_assert(
      std::is_reference_v<Executor> || std::is_nothrow_copy_constructible_v<Executor>,
      "resume_on copies an executor that is given as an rvalue, which must not throw; give "
      "it an lvalue, which is kept by reference");
  Executor executor_;
};

template <class Promise>
concept has_executor = requires(Promise& promise) {
  { promise.executor() } -> executor_like;
};

// For a wait that was given none.
class resume_as_promised {
 public:
  template <class Handle, class Resumption>
  static void post(const Handle& coroutine, const Resumption& what) noexcept {
    auto&& executor = coroutine.promise().executor();
    executor.execute(what);
  }
};

}  // namespace detail

// As the last argument of a wait: the coroutine goes on where `executor` runs it. An lvalue is kept
// by reference, an rvalue by value.
template <class Executor>
  requires executor_like<std::remove_reference_t<Executor>>
auto resume_on(Executor&& executor) noexcept {
  return detail::resume_on_given<Executor>(std::forward<Executor>(executor));
}

}  // namespace holdfast
