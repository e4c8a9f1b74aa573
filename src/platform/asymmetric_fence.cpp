// SPDX-License-Identifier: BSL-1.0
// The heavy fence by membarrier or FlushProcessWriteBuffers, or as a full fence.
#include "holdfast/platform/asymmetric_fence.hpp"

#include "holdfast/platform/clock.hpp"

#if defined(__linux__) && !HOLDFAST_PORTABLE
#include "platform/membarrier.hpp"
#elif defined(_WIN32) && !HOLDFAST_PORTABLE
#include "platform/windows_api.hpp"
#endif

namespace holdfast::platform {

constinit atomic<int> asymmetric_fence_mode;

namespace {

void set_mode(asymmetric_mode mode) noexcept {
  asymmetric_fence_mode.store(static_cast<int>(mode), order::relaxed);
}

#if defined(__linux__) && !HOLDFAST_PORTABLE

bool can_fence_all_threads() noexcept {
  return register_and_fence(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
                            MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

// Refused although it worked before: this is the child of a fork that must register anew, or a filter
// came later.
bool fence_all_threads() noexcept {
  return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0 || can_fence_all_threads();
}

#elif defined(_WIN32) && !HOLDFAST_PORTABLE

// Wine exports the call and does nothing in it (seen in 8.0, 2026-11-30).
bool can_fence_all_threads() noexcept {
  const last_error_kept keep;
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  return ntdll != nullptr && ::GetProcAddress(ntdll, "wine_get_version") == nullptr;
}

bool fence_all_threads() noexcept {
  ::FlushProcessWriteBuffers();
  return true;
}

#else

constexpr bool can_fence_all_threads() noexcept { return false; }
constexpr bool fence_all_threads() noexcept { return false; }

#endif

// The kernel refuses what it granted before: from now on light fences are full ones. One that is
// under way as a light one keeps a store back for at most some microseconds (a thread that is
// preempted meanwhile passes a full fence), so a few milliseconds are enough for it to be seen.
void fall_back() noexcept {
  set_mode(asymmetric_mode::symmetric);
  constexpr std::int64_t grace_ns = 5'000'000;
  const std::int64_t end = monotonic_now() + grace_ns;
  while (monotonic_now() < end) yield();
}

// [R2] A light fence that still reads the old mode is a full fence, and the kernel's heavy fence
// pairs with both.
asymmetric_mode decide() noexcept {
  const bool available = can_fence_all_threads();
  int expected = static_cast<int>(asymmetric_mode::undecided);
  const auto mine = available ? asymmetric_mode::by_kernel : asymmetric_mode::symmetric;
  if (asymmetric_fence_mode.compare_exchange(expected, static_cast<int>(mine),
                                             order::acq_rel,   // [R2]
                                             order::acquire))  // [R2]
    return mine;
  return static_cast<asymmetric_mode>(expected);
}

// Before main() the process usually has one thread, and registering costs little; until it is
// decided every light fence is a full one.
[[gnu::constructor]] void decide_early() noexcept { decide(); }

}  // namespace

void heavy_fence() noexcept {
  auto mode = static_cast<asymmetric_mode>(asymmetric_fence_mode.load(order::acquire));  // [R2]
  if (mode == asymmetric_mode::undecided) mode = decide();
  if (mode == asymmetric_mode::by_kernel) {
    if (fence_all_threads()) return;
    fall_back();
  }
  fence_seq_cst();
}

}  // namespace holdfast::platform
