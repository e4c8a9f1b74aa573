// SPDX-License-Identifier: BSL-1.0
// The policies that decide whether an owner that leaves by an exception poisons its mutex.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/exception_state.hpp"

namespace holdfast {

#if HOLDFAST_HAS_EXCEPTIONS

namespace detail {

// In the mutex. Changed by owners; read by anyone.
template <template <class> class Atomic>
class poison_flag {
 public:
  bool is_set() const noexcept { return word_.load(platform::order::relaxed) != 0; }
  void set() noexcept { word_.store(1, platform::order::relaxed); }
  void clear() noexcept { word_.store(0, platform::order::relaxed); }

 private:
  Atomic<std::uint8_t> word_;
};

}  // namespace detail

// Poisons if an exception unwinds the owner that was not on its way when the guard was made. So a
// destructor that runs during unwinding may lock and finish in peace.
struct poison_on_exception {
  using flag = detail::poison_flag<platform::atomic>;

  // In the guard.
  class witness {
   public:
    // More exceptions on their way than when this was made.
    bool sees_unwinding() const noexcept { return platform::uncaught_exceptions() > before_; }

   private:
    unsigned int before_ = platform::uncaught_exceptions();
  };
};

#endif

// Never poisons and costs nothing, not even the byte.
struct no_poisoning {
  struct flag {
    static constexpr bool is_set() noexcept { return false; }
    static constexpr void set() noexcept {}
    static constexpr void clear() noexcept {}
  };
  struct witness {
    static constexpr bool sees_unwinding() noexcept { return false; }
  };
};

// Without exceptions there is nothing that could poison. A parameter of the mutex and not a switch
// inside it, so that two translation units that differ here have two types, and do not link where
// they should not.
#if HOLDFAST_HAS_EXCEPTIONS
using default_poisoning = poison_on_exception;
#else
using default_poisoning = no_poisoning;
#endif

}  // namespace holdfast
