// SPDX-License-Identifier: BSL-1.0
// What a spinning core asks of the CPU and of the scheduler, and the full fence.
#pragma once

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Tells the CPU that this is a spin loop: some 5 ns to 40 ns, and the other hardware thread gets
// the core.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("isb" ::: "memory");  // `yield` is a no-op on most cores
#elif defined(__riscv)
  __asm__ __volatile__(".insn i 0x0F, 0, x0, x0, 0x010" ::: "memory");  // `pause` of Zihintpause
#else
  __asm__ __volatile__("" ::: "memory");
#endif
}

// Orders every access before it against every access after it, on all cores.
inline void fence_seq_cst() noexcept {
#if (defined(__x86_64__) || defined(__i386__)) && !defined(__SANITIZE_THREAD__)
  // A locked no-op on the stack is a full fence like mfence, at 2 ns instead of 16.
#if defined(__x86_64__)
  __asm__ __volatile__("lock orl $0, (%%rsp)" ::: "memory", "cc");
#else
  __asm__ __volatile__("lock orl $0, (%%esp)" ::: "memory", "cc");
#endif
#elif !defined(__SANITIZE_THREAD__)
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#else
  __asm__ __volatile__("" ::: "memory");
  static thread_local unsigned fenced;
  __atomic_fetch_add(&fenced, 1U, __ATOMIC_SEQ_CST);  // fence: ThreadSanitizer knows no other
#endif
}

// Gives the rest of this thread's time slice away.
HOLDFAST_EXPORT void yield() noexcept;

// The number of CPUs this process may use, at least 1; asked once.
HOLDFAST_EXPORT unsigned cpu_count() noexcept;

}  // namespace holdfast::platform
