// SPDX-License-Identifier: BSL-1.0
// The heavy fence by membarrier, by the page tables, or as a full fence.
#include "holdfast/platform/asymmetric_fence.hpp"

#if defined(__linux__) && !HOLDFAST_PORTABLE
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace holdfast::platform {

constinit atomic<int> asymmetric_fence_mode;

namespace {

void set_mode(asymmetric_mode mode) noexcept {
  asymmetric_fence_mode.store(static_cast<int>(mode), order::relaxed);
}

#if defined(__linux__) && !HOLDFAST_PORTABLE

bool membarrier(int command) noexcept {
  const int saved_errno = errno;
  const bool done = ::syscall(SYS_membarrier, command, 0, 0) == 0;
  errno = saved_errno;
  return done;
}

// Takes write permission from a page in use: the kernel interrupts every CPU that runs a thread of
// this process to forget the mapping, and an interrupt is a full fence. About 20 us. False where
// that cannot be done or, as on aarch64, where the hardware forgets mappings without an interrupt.
bool interrupt_by_page_tables() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  const int saved_errno = errno;
  void* const page =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    errno = saved_errno;
    return false;
  }
  *static_cast<volatile char*>(page) = 1;
  const bool done = ::mprotect(page, 4096, PROT_READ) == 0;
  ::munmap(page, 4096);
  errno = saved_errno;
  return done;
#else
  return false;
#endif
}

// [R2] A light fence that still reads the old mode is a full fence, and the kernel's heavy fence
// pairs with both.
asymmetric_mode decide() noexcept {
  const bool available = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
                         membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  int expected = static_cast<int>(asymmetric_mode::undecided);
  const auto mine = available ? asymmetric_mode::by_kernel : asymmetric_mode::symmetric;
  if (asymmetric_fence_mode.compare_exchange(expected, static_cast<int>(mine),
                                             order::acq_rel,   // [R2]
                                             order::acquire))  // [R2]
    return mine;
  return static_cast<asymmetric_mode>(expected);
}

#endif

}  // namespace

void heavy_fence() noexcept {
#if defined(__linux__) && !HOLDFAST_PORTABLE
  auto mode = static_cast<asymmetric_mode>(asymmetric_fence_mode.load(order::acquire));  // [R2]
  if (mode == asymmetric_mode::undecided) mode = decide();
  if (mode == asymmetric_mode::by_kernel) {
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return;
    // Refused although it worked before: a filter came later, or this is the child of a fork that
    // must register anew.
    if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
      return;
    mode = asymmetric_mode::by_page_tables;
    set_mode(mode);
  }
  if (mode == asymmetric_mode::by_page_tables) {
    fence_seq_cst();
    if (interrupt_by_page_tables()) return;
    // No way left to reach the other threads: from now on light fences are full ones, and those
    // that are under way as light ones get the time to finish.
    set_mode(asymmetric_mode::symmetric);
    for (unsigned i = 0; i < 100; ++i) yield();
  }
#else
  set_mode(asymmetric_mode::symmetric);
#endif
  fence_seq_cst();
}

}  // namespace holdfast::platform
