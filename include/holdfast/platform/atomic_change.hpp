// SPDX-License-Identifier: BSL-1.0
// Atomic changes as the compiler makes them, and in its place where it does not: a byte or two, and the
// orders of a compare-and-swap, on RISC-V by GCC 12.
#pragma once

#include <cstdint>

namespace holdfast::platform {

// True where the compiler has an instruction or a short loop for this size, as it has for all sizes on
// x86 and ARM.
template <class T>
inline constexpr bool changes_in_place = __atomic_always_lock_free(sizeof(T), nullptr);

// GCC before 14 has no fence for the release of a compare-and-swap there, and puts its acquire on sc
// alone, of which RISC-V does not promise that it orders anything.
#if defined(__riscv) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
inline constexpr bool swaps_need_fences = true;
#else
inline constexpr bool swaps_need_fences = false;
#endif

template <class T>
bool compare_exchange_in_place(T* at, T& expected, T desired, int success, int failure) noexcept {
  if constexpr (swaps_need_fences) {
    if (success == __ATOMIC_RELEASE || success == __ATOMIC_ACQ_REL)
      __atomic_thread_fence(__ATOMIC_RELEASE);
    const bool done = __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_RELAXED,
                                                  __ATOMIC_RELAXED);
    if ((done && success != __ATOMIC_RELAXED && success != __ATOMIC_RELEASE) ||
        (!done && failure != __ATOMIC_RELAXED))
      __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return done;
  } else {
    return __atomic_compare_exchange_n(at, &expected, desired, false, success, failure);
  }
}

// The aligned word around a narrow object. What lies beside it is never changed: whoever writes there
// meanwhile makes the store of the word fail, and it is tried again.
class surrounding_word {
 public:
  using word [[gnu::may_alias]] = std::uint32_t;

  template <class T>
  explicit surrounding_word(T* at) noexcept
      : word_(reinterpret_cast<word*>(hidden(at) & ~std::uintptr_t{3})),
        shift_(8U * (reinterpret_cast<std::uintptr_t>(at) & 3U)),
        mask_(((word{1} << 8U * sizeof(T)) - 1U) << shift_) {
    static_assert(sizeof(T) < sizeof(word));
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  }

  template <class T>
  bool compare_exchange(T& expected, T desired, int success, int failure) const noexcept {
    word before = __atomic_load_n(word_, failure);
    for (;;) {
      const T found = inside<T>(before);
      if (found != expected) {
        expected = found;
        return false;
      }
      if (compare_exchange_in_place(word_, before, with(before, desired), success, failure))
        return true;
    }
  }

  // Stores change(what was found), and returns what was found.
  template <class T, class Change>
  T exchange(const Change& change, int order) const noexcept {
    word before = __atomic_load_n(word_, __ATOMIC_RELAXED);
    while (!compare_exchange_in_place(word_, before, with(before, change(inside<T>(before))), order,
                                      __ATOMIC_RELAXED)) {
    }
    return inside<T>(before);
  }

 private:
  // The address, of which the compiler does not know any more that an object of one byte is there.
  static std::uintptr_t hidden(void* at) noexcept {
    auto address = reinterpret_cast<std::uintptr_t>(at);
    __asm__("" : "+r"(address));
    return address;
  }
  template <class T>
  T inside(word whole) const noexcept {
    return static_cast<T>((whole & mask_) >> shift_);
  }
  template <class T>
  word with(word whole, T value) const noexcept {
    return (whole & ~mask_) | (static_cast<word>(value) << shift_ & mask_);
  }

  word* word_;
  unsigned shift_;
  word mask_;
};

// The compiler's operations, for objects of any size up to a pointer's.
template <class T>
bool atomic_compare_exchange(T* at, T& expected, T desired, int success, int failure) noexcept {
  if constexpr (changes_in_place<T>)
    return compare_exchange_in_place(at, expected, desired, success, failure);
  else
    return surrounding_word(at).compare_exchange(expected, desired, success, failure);
}

template <class T>
T atomic_exchange(T* at, T desired, int order) noexcept {
  if constexpr (changes_in_place<T>)
    return __atomic_exchange_n(at, desired, order);
  else
    return surrounding_word(at).template exchange<T>([&](T) { return desired; }, order);
}

template <class T>
T atomic_fetch_add(T* at, T operand, int order) noexcept {
  if constexpr (changes_in_place<T>)
    return __atomic_fetch_add(at, operand, order);
  else
    return surrounding_word(at).template exchange<T>(
        [&](T found) { return static_cast<T>(found + operand); }, order);
}

template <class T>
T atomic_fetch_or(T* at, T operand, int order) noexcept {
  if constexpr (changes_in_place<T>)
    return __atomic_fetch_or(at, operand, order);
  else
    return surrounding_word(at).template exchange<T>(
        [&](T found) { return static_cast<T>(found | operand); }, order);
}

template <class T>
T atomic_fetch_and(T* at, T operand, int order) noexcept {
  if constexpr (changes_in_place<T>)
    return __atomic_fetch_and(at, operand, order);
  else
    return surrounding_word(at).template exchange<T>(
        [&](T found) { return static_cast<T>(found & operand); }, order);
}

}  // namespace holdfast::platform
