// SPDX-License-Identifier: BSL-1.0
// The model's atomics and plain variables.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "holdfast/model/operations.hpp"
#include "holdfast/platform/atomic.hpp"

namespace holdfast::model {

using platform::order;

namespace detail {

template <class T>
value to_value(T v) noexcept {
  static_assert(sizeof(T) <= sizeof(value));
  value bits = 0;
  std::memcpy(&bits, &v, sizeof v);
  return bits;
}

template <class T>
T from_value(value bits) noexcept {
  T v{};
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

}  // namespace detail

// The operations of platform::atomic; each is a step of the model. Where they are called from is how
// the mutation suite knows them.
template <class T>
class atomic {
 public:
  constexpr atomic() noexcept { begin(); }
  constexpr explicit atomic(T initial) noexcept : value_(initial) { begin(); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  constexpr ~atomic() {
    if (std::is_constant_evaluated()) return;
    detail::gone(&value_, sizeof value_);
    detail::settle();
  }

  using where = std::source_location;

  T load(order o, const where& site = where::current()) const noexcept {
    const detail::value seen = detail::load(&value_, sizeof value_, o, site);
    detail::settle();
    return detail::from_value<T>(seen);
  }
  void store(T desired, order o, const where& site = where::current()) noexcept {
    detail::store(&value_, sizeof value_, detail::to_value(desired), o, site);
    detail::settle();
  }
  T exchange(T desired, order o, const where& site = where::current()) noexcept {
    return change([desired](T) { return desired; }, o, site);
  }
  bool compare_exchange(T& expected, T desired, order success, order failure,
                        const where& site = where::current()) noexcept {
    return exchange_if(expected, desired, success, failure, false, site);
  }
  // May fail for no reason.
  bool compare_exchange_weak(T& expected, T desired, order success, order failure,
                             const where& site = where::current()) noexcept {
    return exchange_if(expected, desired, success, failure, true, site);
  }
  T fetch_add(T operand, order o, const where& site = where::current()) noexcept
    requires std::is_integral_v<T>
  {
    return change([operand](T v) { return static_cast<T>(v + operand); }, o, site);
  }
  T fetch_sub(T operand, order o, const where& site = where::current()) noexcept
    requires std::is_integral_v<T>
  {
    return change([operand](T v) { return static_cast<T>(v - operand); }, o, site);
  }
  T fetch_or(T operand, order o, const where& site = where::current()) noexcept
    requires std::is_integral_v<T>
  {
    return change([operand](T v) { return static_cast<T>(v | operand); }, o, site);
  }
  T fetch_and(T operand, order o, const where& site = where::current()) noexcept
    requires std::is_integral_v<T>
  {
    return change([operand](T v) { return static_cast<T>(v & operand); }, o, site);
  }

  T* address() noexcept { return &value_; }
  const T* address() const noexcept { return &value_; }

 private:
  constexpr void begin() noexcept {
    if (std::is_constant_evaluated()) return;
    detail::born(&value_, detail::to_value(value_));
    detail::settle();
  }

  template <class Next>
  T change(Next next, order o, const where& site) noexcept {
    const detail::value before = detail::change(
        &value_, sizeof value_,
        [&](detail::value now) { return detail::to_value(next(detail::from_value<T>(now))); }, o,
        site);
    detail::settle();
    return detail::from_value<T>(before);
  }

  bool exchange_if(T& expected, T desired, order success, order failure, bool weak,
                   const where& site) noexcept {
    detail::value wanted = detail::to_value(expected);
    const bool done = detail::compare_exchange(
        &value_, sizeof value_, wanted, detail::to_value(desired), success, failure, weak, site);
    detail::settle();
    expected = detail::from_value<T>(wanted);
    return done;
  }

  T value_{};
};

// Plain data: every access must be ordered by the atomics around it, or the execution fails.
template <class T>
class var {
 public:
  constexpr var() = default;
  constexpr explicit var(T initial) : value_(initial) {}
  var(const var&) = delete;
  var& operator=(const var&) = delete;

  using where = std::source_location;

  T get(const where& site = where::current()) const {
    detail::plain_read(this, site);
    return value_;
  }
  void set(T v, const where& site = where::current()) {
    detail::plain_write(this, site);
    value_ = v;
  }

 private:
  T value_{};
};

}  // namespace holdfast::model
