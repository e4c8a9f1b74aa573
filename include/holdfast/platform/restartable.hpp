// SPDX-License-Identifier: BSL-1.0
// The restartable release: a look and a store that are atomic only against those who execute its
// heavy fence.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/platform/lock_bytes.hpp"

// ThreadSanitizer cannot see into a sequence, so its builds do without.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HOLDFAST_UNDER_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define HOLDFAST_UNDER_THREAD_SANITIZER 1
#endif

#if defined(__linux__) && !HOLDFAST_PORTABLE && !defined(HOLDFAST_UNDER_THREAD_SANITIZER) && \
    ((defined(__x86_64__) && defined(__LP64__)) || defined(__aarch64__))
#define HOLDFAST_HAS_RESTARTABLE 1
#else
#define HOLDFAST_HAS_RESTARTABLE 0
#endif

namespace holdfast::platform {

inline constexpr bool has_restartable = HOLDFAST_HAS_RESTARTABLE != 0;

// The same as bytes.release_alone(), without an atomic instruction where the kernel can restart
// sequences: "if nobody is parked, store 0 to held", with the store as the committing, last
// instruction. The kernel aborts a thread that is preempted, gets a signal or meets restart_fence()
// in there; it then releases by compare-and-swap, so an unlock never loops. Reads and writes
// nothing of the lock after the releasing store.
HOLDFAST_EXPORT bool release_alone(lock_bytes& bytes) noexcept;

// Decides, once for the process, whether sequences and their fence can be used. A waiter about to
// sleep asks here.
HOLDFAST_EXPORT bool restartable_in_use() noexcept;

// The heavy fence: every thread that stood inside a sequence has been aborted when this returns,
// and the stores of every other are visible here. False if the kernel refuses; then some thread may
// still commit a stale store within the next moments, and sequences are no longer begun. Costs 0.4
// us to 10 us.
HOLDFAST_EXPORT bool restart_fence() noexcept;

// True once restart_fence() has been refused: waiters then look again by themselves instead of
// sleeping for good.
HOLDFAST_EXPORT bool restart_fence_refused() noexcept;

}  // namespace holdfast::platform
