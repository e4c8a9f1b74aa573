// SPDX-License-Identifier: BSL-1.0
// The instructions of the restartable release, one variant for each CPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/platform/restartable.hpp"

#if HOLDFAST_HAS_RESTARTABLE

namespace holdfast::platform {

// "If held[1] is 0, store 0 to held[0]"; true if it has stored. `area` is the distance from the
// thread pointer to this thread's struct rseq. `pauses` widens the window between the look and the
// store, for the negative controls of the tests.
//
// The descriptor says: between 771 and 772 a thread is either never interrupted or continues at
// 774, before which the kernel checks the signature. struct rseq keeps pointing to the descriptor
// until the kernel clears it at the thread's next interruption, so this code must stay mapped: see
// stay_mapped() (docs/decisions/0003).
#if defined(__x86_64__)
#define HOLDFAST_RESTART_SEQUENCE(DELAY)                                          \
  __asm__ __volatile__ goto(                                                      \
      ".pushsection __rseq_cs, \"aw?\", @progbits\n\t"                            \
      ".balign 32\n"                                                              \
      "773:\n\t"                                                                  \
      ".long 0, 0\n\t" /* version, flags */                                       \
      ".quad 771f, 772f - 771f, 774f\n\t"                                         \
      ".popsection\n\t"                                                           \
      "leaq 773b(%%rip), %%rax\n\t"                                               \
      "movq %%rax, %%fs:8(%[area])\n"                                             \
      "771:\n\t"                                                                  \
      "cmpb $0, 1(%[held])\n\t"                                                   \
      "jne %l[not_stored]\n\t" DELAY                                              \
      "movb $0, (%[held])\n" /* commits; a store releases on x86 [L1] */          \
      "772:\n\t"                                                                  \
      ".pushsection __rseq_failure, \"ax?\", @progbits\n\t"                       \
      ".byte 0x0f, 0xb9, 0x3d\n\t" /* ud1: with the signature one instruction */  \
      ".long 0x53053053\n"         /* RSEQ_SIG, as the C library registered it */ \
      "774:\n\t"                                                                  \
      "jmp %l[not_stored]\n\t"                                                    \
      ".popsection"                                                               \
      :                                                                           \
      : [held] "r"(held), [area] "r"(area), [pauses] "r"(pauses)                  \
      : "rax", "rcx", "memory", "cc"                                              \
      : not_stored)
#define HOLDFAST_RESTART_DELAY \
  "movl %k[pauses], %%ecx\n"   \
  "775:\n\t"                   \
  "pause\n\t"                  \
  "decl %%ecx\n\t"             \
  "jnz 775b\n\t"
#else  // aarch64
#define HOLDFAST_RESTART_SEQUENCE(DELAY)                                \
  __asm__ __volatile__ goto(                                            \
      ".pushsection __rseq_cs, \"aw?\", @progbits\n\t"                  \
      ".balign 32\n"                                                    \
      "773:\n\t"                                                        \
      ".long 0, 0\n\t"                                                  \
      ".quad 771f, 772f - 771f, 774f\n\t"                               \
      ".popsection\n\t"                                                 \
      "adrp x9, 773b\n\t"                                               \
      "add x9, x9, :lo12:773b\n\t"                                      \
      "mrs x10, tpidr_el0\n\t"                                          \
      "add x10, x10, %[area]\n\t"                                       \
      "str x9, [x10, #8]\n"                                             \
      "771:\n\t"                                                        \
      "ldrb w9, [%[held], #1]\n\t"                                      \
      "cbnz w9, %l[not_stored]\n\t" DELAY                               \
      "stlrb wzr, [%[held]]\n" /* commits, as a release store [L1] */   \
      "772:\n\t"                                                        \
      ".pushsection __rseq_failure, \"ax?\", @progbits\n\t"             \
      ".long 0xd428bc00\n" /* RSEQ_SIG of aarch64, a brk instruction */ \
      "774:\n\t"                                                        \
      "b %l[not_stored]\n\t"                                            \
      ".popsection"                                                     \
      :                                                                 \
      : [held] "r"(held), [area] "r"(area), [pauses] "r"(pauses)        \
      : "x9", "x10", "memory", "cc"                                     \
      : not_stored)
#define HOLDFAST_RESTART_DELAY \
  "mov w9, %w[pauses]\n"       \
  "775:\n\t"                   \
  "isb\n\t"                    \
  "subs w9, w9, #1\n\t"        \
  "b.ne 775b\n\t"
#endif

inline bool release_in_sequence(std::uint8_t* held, std::ptrdiff_t area) noexcept {
  const unsigned pauses = 0;
  HOLDFAST_RESTART_SEQUENCE("");
  return true;
not_stored:
  return false;
}

inline bool release_in_wide_sequence(std::uint8_t* held, std::ptrdiff_t area,
                                     unsigned pauses) noexcept {
  HOLDFAST_RESTART_SEQUENCE(HOLDFAST_RESTART_DELAY);
  return true;
not_stored:
  return false;
}

}  // namespace holdfast::platform

#endif
