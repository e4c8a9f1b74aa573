// SPDX-License-Identifier: BSL-1.0
// A value that is made when somebody first asks for it, once, whoever asks.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/once.hpp"

namespace holdfast {

// The function lies in the place of the value until it is called. So a lazy is as large as the
// larger of the two and a once:
//
//  once       | the place holds
//  fresh      | the function
//  running    | nothing yet, or a value that nobody sees
//  poisoned   | nothing
//  done       | the value
//
// A const lazy makes its value too, and gives it as const.
template <class T, class F = T (*)(), class Once = once>
class lazy {
  static_assert(std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T>,
                "lazy<T>: T must be a type of objects, without const");
  static_assert(std::is_invocable_v<F>, "lazy<T, F>: F must be callable without arguments");

 public:
  using value_type = T;

  // `make` is called once, as an rvalue, and destroyed before its result is seen.
  constexpr explicit lazy(F make) noexcept(std::is_nothrow_move_constructible_v<F>)
      : place_(std::move(make)) {}
  lazy(const lazy&) = delete;
  lazy& operator=(const lazy&) = delete;

  // Destroys the value if it was made. Nobody may be using it.
  ~lazy() {
    if (once_.is_completed())
      place_.value.~T();
    else if (!once_.is_poisoned())
      place_.function.~F();
  }

  // The value; makes it if that has not been done, waits if another thread does. If making it
  // throws, the exception reaches the caller, and the lazy is poisoned. Throws poisoned if it is.
  T& get() {
    force();
    return place_.value;
  }
  const T& get() const {
    force();
    return place_.value;
  }
  T& operator*() { return get(); }
  const T& operator*() const { return get(); }
  T* operator->() {
    force();
    return address();
  }
  const T* operator->() const {
    force();
    return address();
  }

  // The same, and null if the ends come while another thread makes it: a duration, a point in time
  // of any clock or a deadline, a stop_token, or a deadline and a stop_token.
  template <class... Ends>
    requires(sizeof...(Ends) > 0 && detail::are_wait_ends<Ends...>)
  [[nodiscard]] T* get(const Ends&... until) {
    return force(until...) ? address() : nullptr;
  }
  template <class... Ends>
    requires(sizeof...(Ends) > 0 && detail::are_wait_ends<Ends...>)
  [[nodiscard]] const T* get(const Ends&... until) const {
    return force(until...) ? address() : nullptr;
  }

  // As get(), but if it is poisoned, the result of `make` becomes the value.
  template <class Make>
    requires std::is_invocable_v<Make>
  T& get_or_repair(Make&& make) {
    if (!once_.is_completed()) [[unlikely]]
      attempt(detail::once_wish::call_force, [&](once_state& state) {
        if (state.is_poisoned())
          make_value(std::forward<Make>(make));
        else
          make_value(take_function());
      });
    return place_.value;
  }

  // The value if it has been made, or null. Never waits and makes nothing.
  T* try_get() noexcept { return once_.is_completed() ? address() : nullptr; }
  const T* try_get() const noexcept { return once_.is_completed() ? address() : nullptr; }

  // A glance; get_or_repair in another thread may change it at once.
  bool is_poisoned() const noexcept { return once_.is_poisoned(); }

 private:
  union place {
    constexpr explicit place(F&& make) noexcept(std::is_nothrow_move_constructible_v<F>)
        : function(std::move(make)) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    constexpr ~place() {}  // the lazy knows what is in it

    F function;
    T value;
  };

  T* address() const noexcept { return __builtin_addressof(place_.value); }

  template <class... Ends>
  bool force(const Ends&... until) const {
    return once_.is_completed() || force_slow(until...);
  }

  template <class... Ends>
  HOLDFAST_COLD bool force_slow(const Ends&... until) const {
    return attempt(
        detail::once_wish::call, [this](once_state&) { make_value(take_function()); }, until...);
  }

  template <class Call, class... Ends>
  bool attempt(detail::once_wish wish, Call call, const Ends&... until) const {
    return Once::ends::apply(
        [&](const deadline& at, typename Once::waiter& self) {
          const detail::once_end end = once_.call_slow(wish, call, at, self);
          if (end == detail::once_end::poisoned)
            detail::throw_poisoned(this, detail::name_of<T>(), detail::poisonable::lazy);
          return end == detail::once_end::done;
        },
        until...);
  }

  // In the once. The place is empty afterwards, also if moving throws.
  F take_function() const {
    struct moved_from {
      F& function;
      ~moved_from() { function.~F(); }
    } at_end{place_.function};
    return std::move(at_end.function);
  }

  // A result of type T is made in its place, so T need not move.
  template <class Make>
  void make_value(Make&& make) const {
    ::new (static_cast<void*>(address())) T(std::forward<Make>(make)());
  }

  mutable place place_;
  mutable Once once_;
};

template <class F>
lazy(F) -> lazy<std::remove_cvref_t<std::invoke_result_t<F>>, F>;

}  // namespace holdfast
