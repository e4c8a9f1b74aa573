// SPDX-License-Identifier: BSL-1.0
// The memory of a fiber's stack, and the message when it is too small.
#pragma once

#include <cstddef>

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Where a stack is: it grows from the top down, and below `bottom` is the guard.
struct fiber_stack {
  std::byte* bottom = nullptr;
  std::size_t size = 0;

  std::byte* top() const noexcept { return bottom + size; }
  explicit operator bool() const noexcept { return bottom != nullptr; }
};

// `size` bytes, rounded up to whole pages, of which only those that are used cost memory, with a
// guard below them that no access survives. On Linux 6.13 and later the guard costs no mapping of
// its own; before that a process has some 30,000 stacks at most (vm.max_map_count). Throws
// std::system_error with the remedy if there is no memory.
HOLDFAST_EXPORT fiber_stack map_fiber_stack(std::size_t size);
HOLDFAST_EXPORT void unmap_fiber_stack(const fiber_stack& stack) noexcept;

// Who runs on the calling thread: for the message about an overflow.
struct running_fiber {
  fiber_stack stack;
  const char* name = nullptr;
};

// While it lives, an access to the guard of the stack that `current` tells (null: none) ends the
// program with a message that names the fiber; other faults go where they went before. One for each
// thread that runs fibers, made and destroyed there.
class HOLDFAST_EXPORT overflow_watch {
 public:
  using tell = running_fiber (*)(void* of) noexcept;
  overflow_watch(tell current, void* of);
  overflow_watch(const overflow_watch&) = delete;
  overflow_watch& operator=(const overflow_watch&) = delete;
  ~overflow_watch();

 private:
  void* signal_stack_ = nullptr;
};

}  // namespace holdfast::platform
