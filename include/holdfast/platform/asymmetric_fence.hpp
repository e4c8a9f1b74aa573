// SPDX-License-Identifier: BSL-1.0
// The light/heavy pair: a fence that costs its frequent side nothing and its rare side a system
// call.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/cpu.hpp"

namespace holdfast::platform {

// Contract (P1202): a light fence and a heavy fence order each other as two full fences would, and
// so do two heavy ones; two light fences order nothing.

enum class asymmetric_mode : int {
  undecided = 0,  // light fences are full fences
  by_kernel,      // light fences cost nothing, the kernel fences all threads
  symmetric,      // both are full fences
};

HOLDFAST_EXPORT extern atomic<int> asymmetric_fence_mode;

inline void light_fence() noexcept {
  const auto mode = static_cast<asymmetric_mode>(asymmetric_fence_mode.load(order::relaxed));
  if (mode == asymmetric_mode::by_kernel) [[likely]] {
    __asm__ __volatile__("" ::: "memory");
  } else {
    fence_seq_cst();
  }
}

// Decides the mode at first use. Never fails.
HOLDFAST_EXPORT void heavy_fence() noexcept;

}  // namespace holdfast::platform
