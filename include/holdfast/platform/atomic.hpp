// SPDX-License-Identifier: BSL-1.0
// The atomic of the platforms that run: std::atomic's operations, every order spelled out, seq_cst
// not expressible.
#pragma once

#include <type_traits>

#include "holdfast/platform/atomic_change.hpp"

namespace holdfast::platform {

enum class order : int {
  relaxed = __ATOMIC_RELAXED,
  acquire = __ATOMIC_ACQUIRE,
  release = __ATOMIC_RELEASE,
  acq_rel = __ATOMIC_ACQ_REL,
};

// Lock-free for integers and pointers. Our own and not std::atomic for two reasons: <atomic> costs
// half a second of compile time in C++20 libstdc++, and the model checker's atomic needs the same
// few operations and no more.
template <class T>
class atomic {
  static_assert(std::is_integral_v<T> || std::is_pointer_v<T> || std::is_enum_v<T>);
  static_assert(__atomic_always_lock_free(sizeof(T) < 4 ? 4 : sizeof(T), nullptr));

 public:
  constexpr atomic() noexcept = default;
  constexpr explicit atomic(T initial) noexcept : value_(initial) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(order o) const noexcept { return __atomic_load_n(&value_, static_cast<int>(o)); }
  void store(T desired, order o) noexcept {
    __atomic_store_n(&value_, desired, static_cast<int>(o));
  }
  T exchange(T desired, order o) noexcept {
    return atomic_exchange(&value_, desired, static_cast<int>(o));
  }

  // On failure `expected` gets the value found.
  bool compare_exchange(T& expected, T desired, order success, order failure) noexcept {
    return atomic_compare_exchange(&value_, expected, desired, static_cast<int>(success),
                                   static_cast<int>(failure));
  }

  T fetch_add(T operand, order o) noexcept
    requires std::is_integral_v<T>
  {
    return atomic_fetch_add(&value_, operand, static_cast<int>(o));
  }
  T fetch_or(T operand, order o) noexcept
    requires std::is_integral_v<T>
  {
    return atomic_fetch_or(&value_, operand, static_cast<int>(o));
  }
  T fetch_and(T operand, order o) noexcept
    requires std::is_integral_v<T>
  {
    return atomic_fetch_and(&value_, operand, static_cast<int>(o));
  }

  // For a platform's own instructions and system calls.
  T* address() noexcept { return &value_; }
  const T* address() const noexcept { return &value_; }

 private:
  // 32-bit x86 aligns eight bytes to four in a structure: such a word may lie in two cache lines.
  alignas(sizeof(T)) T value_{};
};

}  // namespace holdfast::platform
