// SPDX-License-Identifier: BSL-1.0
// Stacks beside the thread's own: memory for them, and the switch from one to another. Included once,
// by the model checker.
#pragma once

#include <cxxabi.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

// Keeps what a called function must keep, on the old stack, and goes on where the new one was left.
extern "C" void holdfast_model_switch(void** leave_at, void* go_on_at) noexcept;

#if defined(__x86_64__)
__asm__(R"(
  .text
  .globl holdfast_model_switch
  .hidden holdfast_model_switch
  .type holdfast_model_switch, @function
holdfast_model_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size holdfast_model_switch, .-holdfast_model_switch
)");
#elif defined(__aarch64__)
__asm__(R"(
  .text
  .globl holdfast_model_switch
  .hidden holdfast_model_switch
  .type holdfast_model_switch, %function
holdfast_model_switch:
  sub sp, sp, #160
  stp x19, x20, [sp]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x2, sp
  str x2, [x0]
  mov sp, x1
  ldp x19, x20, [sp]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .size holdfast_model_switch, .-holdfast_model_switch
)");
#else
#error "holdfast::model needs a stack switch for this CPU"
#endif

namespace holdfast::platform {

// The stack pointer of a fresh stack: the first switch to it calls `enter`.
inline void* first_frame(void* stack, std::size_t size, void (*enter)() noexcept) noexcept {
  const auto top = (reinterpret_cast<std::uintptr_t>(stack) + size) & ~std::uintptr_t{15};
#if defined(__x86_64__)
  auto* words = reinterpret_cast<void**>(top);
  *--words = nullptr;  // where a debugger's backtrace ends
  *--words = reinterpret_cast<void*>(enter);
  for (int i = 0; i < 6; ++i) *--words = nullptr;
#else
  auto* words = reinterpret_cast<void**>(top - 160);
  std::memset(words, 0, 160);
  words[11] = reinterpret_cast<void*>(enter);
#endif
  return words;
}

// Clears what lies below the caller's frame, where functions that have returned had theirs.
[[gnu::noinline]] inline void clear_below() noexcept {
  unsigned char below[2048];
  std::memset(below, 0, sizeof below);
  __asm__ volatile("" : : "r"(below) : "memory");
}

// `size` bytes of zeroed memory, at `wish` if that is free; null if there is none.
inline void* map_near(std::uintptr_t wish, std::size_t size) noexcept {
  void* const at = ::mmap(reinterpret_cast<void*>(wish), size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

// Where the C++ ABI keeps what is thrown and caught: __cxa_eh_globals.
inline void* exception_globals_of_this_thread() noexcept { return abi::__cxa_get_globals(); }

inline void unmap(void* at, std::size_t size) noexcept { ::munmap(at, size); }

}  // namespace holdfast::platform
