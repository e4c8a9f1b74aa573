// SPDX-License-Identifier: BSL-1.0
// What no lock can beat: nothing at all, and the bare instructions that a lock is made of. Alone in
// a thread only.
#pragma once

#include <atomic>
#include <cstdint>

#include "contenders/cell.hpp"

namespace bench {

namespace detail {

struct nothing {
  void lock() noexcept {}
  void unlock() noexcept {}
};

class swap_and_store {
 public:
  void lock() noexcept {
    std::uint8_t expected = 0;
    while (!word_.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                          std::memory_order_relaxed))
      expected = 0;
  }
  void unlock() noexcept { word_.store(0, std::memory_order_release); }

 protected:
  std::atomic<std::uint8_t> word_;
};

class swap_and_swap : public swap_and_store {
 public:
  void unlock() noexcept {
    std::uint8_t expected = 1;
    while (!word_.compare_exchange_strong(expected, 0, std::memory_order_release,
                                          std::memory_order_relaxed))
      expected = 1;
  }
};

// The same behind two calls into another file, as a lock of a compiled library is.
class called_swap_and_store : private swap_and_store {
 public:
  void lock() noexcept;
  void unlock() noexcept;
};

}  // namespace detail

struct no_lock : with_lock<detail::nothing> {
  static constexpr const char* name = "(no lock: the loop alone)";
};
struct floor_store : with_lock<detail::swap_and_store> {
  static constexpr const char* name = "(compare-and-swap + store)";
};
// What the calls cost: part of the figure of pthread's, Abseil's, nsync's and Rust's locks, which a
// C++ program cannot inline. A Rust program inlines its own.
struct floor_calls : with_lock<detail::called_swap_and_store> {
  static constexpr const char* name = "(two calls + compare-and-swap + store)";
};
struct floor_swap : with_lock<detail::swap_and_swap> {
  static constexpr const char* name = "(compare-and-swap twice)";
};

}  // namespace bench
