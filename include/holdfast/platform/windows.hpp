// SPDX-License-Identifier: BSL-1.0
// The platform of Windows 8 and later: WaitOnAddress, FlushProcessWriteBuffers, no restartable
// sequences.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/platform/asymmetric_fence.hpp"
#include "holdfast/platform/futex.hpp"
#include "holdfast/platform/process_root.hpp"
#include "holdfast/platform/standard.hpp"

namespace holdfast::platform {

struct HOLDFAST_EXPORT windows : standard {
  using unchecked = windows;  // the platform whose queues and waiters this one uses
  static constexpr bool has_restartable = false;

  static bool release_alone(lock_bytes& bytes) noexcept { return bytes.release_alone(); }
  static constexpr bool restartable_in_use() noexcept { return false; }
  static constexpr bool restart_fence() noexcept { return true; }
  static constexpr bool restart_fence_refused() noexcept { return false; }

  static void light_fence() noexcept { platform::light_fence(); }
  static void heavy_fence() noexcept { platform::heavy_fence(); }

  static futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                                 const deadline& until) noexcept {
    return platform::futex_wait(word, expected, until);
  }
  static void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept {
    platform::futex_wake(word, count);
  }

  static void* process_root() noexcept { return platform::process_root(); }
  static void* map_pages(std::size_t bytes) noexcept { return platform::map_pages(bytes); }
};

}  // namespace holdfast::platform
