// SPDX-License-Identifier: BSL-1.0
// A stack at rest and the switch to it: our own where we know the CPU, Boost.Context's elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/config.hpp"

#include "platform/switch_watchers.hpp"

// The sanitizers keep addresses of a frame in registers of which a compiler does not know that they
// may be overwritten, and a shadow stack has to be switched too: there Boost.Context does it.
#if defined(__x86_64__) && defined(__LP64__) && !defined(HOLDFAST_UNDER_ASAN) && \
    !defined(HOLDFAST_UNDER_TSAN) && !defined(__APX_F__) &&                      \
    !(defined(__CET__) && (__CET__ & 2) != 0)
#define HOLDFAST_SWITCHES_IN_LINE 1
#else
#include <boost/context/detail/fcontext.hpp>
#endif

namespace holdfast::platform {

#if defined(HOLDFAST_SWITCHES_IN_LINE)

// No function is called: the compiler is told that the switch overwrites every register, and saves
// those that it needs, where it calls for it. And as neither side calls or returns, the CPU predicts
// the returns that follow; a switch by a function that is left by a jump has them all wrong, which
// made a yield 31 ns. How the CPU rounds and what it traps is not switched: to read that alone takes
// 3 ns, half as long as all else (see runner::keep_float_environment).
class machine_context {
 public:
  // For a stack that runs.
  machine_context() noexcept = default;

  // For one that begins in `entry`, which gets what the first switch passes and never returns.
  machine_context(std::byte* top, [[maybe_unused]] std::size_t size,
                  void (*entry)(void* passed)) noexcept
      : next_instruction_(reinterpret_cast<void*>(entry)) {
    // As after a call: 8 bytes below a multiple of 16 lies where to return to, here nowhere.
    auto* const place = reinterpret_cast<void**>(reinterpret_cast<std::uintptr_t>(top) / 16 * 16);
    stack_ = place - 1;
    *static_cast<void**>(stack_) = nullptr;
  }

  // Leaves the running stack, which `from` keeps, for `to`. Returns when somebody switches to `from`,
  // with what they pass; perhaps on another thread.
  HOLDFAST_INLINE static void* switch_stacks(machine_context& from, const machine_context& to,
                                             void* passed) noexcept {
    machine_context* left = &from;
    const machine_context* entered = &to;
    // rdi is also where a function finds its first argument.
    asm volatile(
        "leaq 1f(%%rip), %%rcx\n\t"
        "movq %%rsp, (%%rax)\n\t"
        "movq %%rbp, 8(%%rax)\n\t"
        "movq %%rcx, 16(%%rax)\n\t"
        "movq (%%rdx), %%rsp\n\t"
        "movq 8(%%rdx), %%rbp\n\t"
        "jmpq *16(%%rdx)\n"
        "1:"
        : "+a"(left), "+d"(entered), "+D"(passed)
        :
        : "memory", "cc", "rbx", "rcx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
          "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
          "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#if defined(__AVX512F__)
          ,
          "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
          "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",
          "k7"
#endif
    );
    return passed;
  }

 private:
  // Read and written by the switch, by their places.
  void* stack_ = nullptr;
  [[maybe_unused]] void* frame_ = nullptr;
  [[maybe_unused]] void* next_instruction_ = nullptr;
};

#else

// jump_fcontext is a call without a return, and with it the CPU predicts every return after it
// wrongly: three of them made a yield 31 ns instead of 9. ontop_fcontext calls a function on the
// other stack, whose return is the one that was missing. In line, as ThreadSanitizer has been told of
// the next fiber by then: it would note the entry of a function there.
class machine_context {
 public:
  machine_context() noexcept = default;
  machine_context(std::byte* top, std::size_t size, void (*entry)(void* passed)) noexcept
      : where_(boost::context::detail::make_fcontext(top, size, &begin)), entry_(entry) {}

  HOLDFAST_INLINE static void* switch_stacks(machine_context& from, const machine_context& to,
                                             void* passed) noexcept {
    from.passes_ = passed;
    from.begins_ = to.entry_;
    from.entry_ = nullptr;
    if (from.begins_ == nullptr)
      return boost::context::detail::ontop_fcontext(to.where_, &from, &arrive).data;
    return boost::context::detail::jump_fcontext(to.where_, &from).data;
  }

 private:
  using transfer = boost::context::detail::transfer_t;

  static transfer arrive(transfer came) noexcept {
    auto& from = *static_cast<machine_context*>(came.data);
    from.where_ = came.fctx;
    return {came.fctx, from.passes_};
  }
  static void begin(transfer came) noexcept {
    const auto entry = static_cast<machine_context*>(came.data)->begins_;
    entry(arrive(came).data);
  }

  boost::context::detail::fcontext_t where_ = nullptr;
  void (*entry_)(void*) = nullptr;  // until it has begun

  // For whoever is switched to. Not on the stack that is left, which AddressSanitizer may have taken
  // away by then.
  void* passes_ = nullptr;
  void (*begins_)(void*) = nullptr;
};

#endif

}  // namespace holdfast::platform
