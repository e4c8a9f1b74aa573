// SPDX-License-Identifier: BSL-1.0
// Calls that put their thread to sleep, made on a thread where that does no harm.
#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/function_ref.hpp"
#include "holdfast/fiber/this_fiber.hpp"

namespace holdfast::fiber {

namespace detail {

// Calls `f`, which must not throw, on a helper thread, while the calling fiber is suspended. Throws
// std::system_error if no helper can be made.
HOLDFAST_EXPORT void call_on_helper(holdfast::detail::function_ref<void()> f);

}  // namespace detail

// Calls `f` on a helper thread and returns its result, or throws what it threw; meanwhile other
// fibers run. For system calls and libraries that block. In a plain thread it is just a call.
//
// `f` runs as a plain thread: its thread-local variables are the helper's. The helpers are shared by
// the process and there are at most 256 at a time; further calls wait for one to become free. One
// that has had nothing to do for some seconds ends. A call that has begun cannot be cut short.
template <class F>
  requires std::invocable<F&&>
std::invoke_result_t<F&&> blocking(F&& f) {
  using result = std::invoke_result_t<F&&>;
  if (!in_fiber()) return std::invoke(std::forward<F>(f));
  std::exception_ptr error;
  std::conditional_t<std::is_void_v<result>, bool,
                     std::optional<std::conditional_t<std::is_reference_v<result>,
                                                      std::remove_reference_t<result>*, result>>>
      value{};
  const auto call = [&] {
    if constexpr (std::is_void_v<result>)
      std::invoke(std::forward<F>(f));
    else if constexpr (std::is_reference_v<result>) {
      auto&& referred = std::invoke(std::forward<F>(f));  // an rvalue reference has a name now
      value.emplace(std::addressof(referred));
    } else
      value.emplace(std::invoke(std::forward<F>(f)));
  };
  detail::call_on_helper([&] {
#if HOLDFAST_HAS_EXCEPTIONS
    try {
      call();
    } catch (...) {
      error = std::current_exception();
    }
#else
    call();
#endif
  });
  if (error != nullptr) std::rethrow_exception(error);
  if constexpr (std::is_reference_v<result>)
    return static_cast<result>(**value);
  else if constexpr (!std::is_void_v<result>)
    return *std::move(value);
}

}  // namespace holdfast::fiber
