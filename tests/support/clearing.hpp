// SPDX-License-Identifier: BSL-1.0
// A policy by which a mutex is poisoned when a test says so, and accepted by somebody else right
// after the next look at it.
#pragma once

#include <utility>

namespace holdfast::test {

struct cleared_after_a_look {
  static inline bool is_poisoned = false;  // any of its mutexes

  struct flag {
    static bool is_set() noexcept { return std::exchange(is_poisoned, false); }
    static void set() noexcept { is_poisoned = true; }
    static void clear() noexcept { is_poisoned = false; }
  };
  struct witness {
    static constexpr bool sees_unwinding() noexcept { return false; }
  };
};

}  // namespace holdfast::test
