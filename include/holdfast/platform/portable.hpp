// SPDX-License-Identifier: BSL-1.0
// The platform of any system with a C++ standard library: no futex, no asymmetric fence, no
// restartable sequence.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/platform/futex.hpp"
#include "holdfast/platform/process_root.hpp"
#include "holdfast/platform/standard.hpp"

namespace holdfast::platform {

struct HOLDFAST_EXPORT portable : standard {
  using unchecked = portable;  // the platform whose queues and waiters this one uses
  static constexpr bool has_restartable = false;

  static bool release_alone(lock_bytes& bytes) noexcept { return bytes.release_alone(); }
  static constexpr bool restartable_in_use() noexcept { return false; }
  static constexpr bool restart_fence() noexcept { return true; }
  static constexpr bool restart_fence_refused() noexcept { return false; }

  static void light_fence() noexcept { platform::fence_seq_cst(); }
  static void heavy_fence() noexcept { platform::fence_seq_cst(); }

  static futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                                 const deadline& until) noexcept {
    return platform::futex_wait_portable(word, expected, until);
  }
  static void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept {
    platform::futex_wake_portable(word, count);
  }

  static void* process_root() noexcept { return platform::process_root_portable(); }
  static void* map_pages(std::size_t bytes) noexcept { return platform::map_pages_portable(bytes); }
};

}  // namespace holdfast::platform
