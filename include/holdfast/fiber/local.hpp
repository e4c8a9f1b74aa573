// SPDX-License-Identifier: BSL-1.0
// A variable of which every fiber has its own.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include "holdfast/base/config.hpp"

namespace holdfast::fiber {

namespace detail {

HOLDFAST_EXPORT std::size_t next_key_of_local() noexcept;
HOLDFAST_EXPORT void* find_local(std::size_t key) noexcept;
HOLDFAST_EXPORT void put_local(std::size_t key, void* value, void (*destroy)(void*));

}  // namespace detail

// The value of a fiber is made when it first asks, and destroyed on the fiber when that ends; a plain
// thread has one, too. A thread_local variable is shared by all fibers of the thread instead, and a
// fiber of a pool may find another one after each wait. Meant for static storage: each takes a place
// in all fibers that use it or a later one, for ever.
template <class T>
class local {
 public:
  local() noexcept
    requires std::is_default_constructible_v<T>
  = default;

  // Values begin with what `make` returns.
  explicit local(T (*make)()) noexcept : make_(make) {}
  local(const local&) = delete;
  local& operator=(const local&) = delete;

  // The calling fiber's value. Throws what making it throws. O(1).
  T& operator*() const {
    if (void* const found = detail::find_local(key_); found != nullptr)
      return *static_cast<T*>(found);
    std::unique_ptr<T> made(new T(make_()));
    detail::put_local(key_, made.get(), [](void* value) { delete static_cast<T*>(value); });
    return *made.release();
  }
  T* operator->() const { return std::addressof(**this); }

 private:
  static T default_value() {
    if constexpr (std::is_default_constructible_v<T>) return T();
    __builtin_unreachable();
  }

  const std::size_t key_ = detail::next_key_of_local();
  T (*const make_)() = &default_value;
};

}  // namespace holdfast::fiber
