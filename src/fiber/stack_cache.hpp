// SPDX-License-Identifier: BSL-1.0
// Stacks of fibers that have ended, for those to come.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "holdfast/fiber/options.hpp"
#include "holdfast/platform/fiber_stack.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/futex_mutex.hpp"

namespace holdfast::fiber::detail {

// Keeps those of the default size.
class stack_cache {
 public:
  stack_cache() noexcept = default;
  stack_cache(const stack_cache&) = delete;
  stack_cache& operator=(const stack_cache&) = delete;
  ~stack_cache() {
    for (const platform::fiber_stack& each : kept_) platform::unmap_fiber_stack(each);
  }

  // Throws as platform::map_fiber_stack does, and std::bad_alloc.
  platform::fiber_stack take(std::size_t size) {
    if (size == default_stack_size) {
      const std::scoped_lock hold(mutex_);
      if (!kept_.empty()) {
        const platform::fiber_stack last = kept_.back();
        kept_.pop_back();
        return last;
      }
      // So that giving one back needs no memory.
      if (++made_ > kept_.capacity() && made_ <= kept_at_most) kept_.reserve(2 * made_);
    }
    return platform::map_fiber_stack(size);
  }

  void give_back(const platform::fiber_stack& stack) noexcept {
    if (stack.size == default_stack_size) {
      const std::scoped_lock hold(mutex_);
      if (kept_.size() < kept_.capacity() && kept_.size() < kept_at_most) {
        kept_.push_back(stack);
        return;
      }
    }
    platform::unmap_fiber_stack(stack);
  }

 private:
  // Their used pages stay in memory.
  static constexpr std::size_t kept_at_most = 4096;

  holdfast::detail::futex_mutex<platform::native> mutex_;
  std::vector<platform::fiber_stack> kept_;
  std::size_t made_ = 0;
};

}  // namespace holdfast::fiber::detail
