// SPDX-License-Identifier: BSL-1.0
// What the tools that watch a program are told when it switches stacks: ThreadSanitizer,
// AddressSanitizer, valgrind.
#pragma once

#include <cstddef>

#include "holdfast/platform/fiber_stack.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HOLDFAST_UNDER_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define HOLDFAST_UNDER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define HOLDFAST_UNDER_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HOLDFAST_UNDER_ASAN 1
#endif

#if defined(HOLDFAST_UNDER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
#if defined(HOLDFAST_UNDER_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define HOLDFAST_TELLS_VALGRIND 1
#endif

namespace holdfast::platform {

// One for each context that is switched to and from. Empty where nobody watches.
class switch_watchers {
 public:
  // For the stack of the calling thread.
  void attach_to_thread() noexcept {
#if defined(HOLDFAST_UNDER_TSAN)
    tsan_ = __tsan_get_current_fiber();
#endif
#if defined(HOLDFAST_UNDER_ASAN)
    asan_bottom_ = nullptr;  // of the thread before
#endif
  }

  // For a fiber that is about to begin on `stack`, or begins anew on it.
  void begin_fiber([[maybe_unused]] const fiber_stack& stack) noexcept {
#if defined(HOLDFAST_UNDER_TSAN)
    tsan_ = __tsan_create_fiber(0);
#endif
#if defined(HOLDFAST_UNDER_ASAN)
    asan_bottom_ = stack.bottom;
    asan_size_ = stack.size;
    asan_saved_ = nullptr;
#endif
  }

  // For a fiber that has ended, when another context runs.
  void end_fiber() noexcept {
#if defined(HOLDFAST_UNDER_TSAN)
    __tsan_destroy_fiber(tsan_);
#endif
  }

  // The last thing before the switch from this context to `next`. `for_good`: it never comes back.
  void before_switch_to([[maybe_unused]] switch_watchers& next,
                        [[maybe_unused]] bool for_good) noexcept {
#if defined(HOLDFAST_UNDER_ASAN)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &asan_saved_, next.asan_bottom_,
                                   next.asan_size_);
#endif
#if defined(HOLDFAST_UNDER_TSAN)
    __tsan_switch_to_fiber(next.tsan_, 0);
#endif
  }

  // The first thing after a switch to this context from `before`.
  void after_switch_from([[maybe_unused]] switch_watchers& before) noexcept {
#if defined(HOLDFAST_UNDER_ASAN)
    const void* bottom = nullptr;
    std::size_t size = 0;
    __sanitizer_finish_switch_fiber(asan_saved_, &bottom, &size);
    if (before.asan_bottom_ == nullptr) {  // a thread's own stack, which only the sanitizer knows
      before.asan_bottom_ = bottom;
      before.asan_size_ = size;
    }
#endif
  }

 private:
#if defined(HOLDFAST_UNDER_TSAN)
  void* tsan_ = nullptr;
#endif
#if defined(HOLDFAST_UNDER_ASAN)
  void* asan_saved_ = nullptr;
  const void* asan_bottom_ = nullptr;
  std::size_t asan_size_ = 0;
#endif
};

// Valgrind takes a far jump of the stack pointer for a new frame unless it knows the stacks.
inline unsigned register_stack([[maybe_unused]] const fiber_stack& stack) noexcept {
#if defined(HOLDFAST_TELLS_VALGRIND)
  return VALGRIND_STACK_REGISTER(stack.bottom, stack.top());
#else
  return 0;
#endif
}
inline void deregister_stack([[maybe_unused]] unsigned id) noexcept {
#if defined(HOLDFAST_TELLS_VALGRIND)
  VALGRIND_STACK_DEREGISTER(id);
#endif
}

}  // namespace holdfast::platform
