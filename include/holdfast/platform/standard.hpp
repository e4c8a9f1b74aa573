// SPDX-License-Identifier: BSL-1.0
// What all platforms that run have in common; a platform is a struct that lock algorithms take as a
// parameter.
#pragma once

#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/clock.hpp"
#include "holdfast/platform/cpu.hpp"
#include "holdfast/platform/crowd_memory.hpp"
#include "holdfast/platform/lock_bytes.hpp"
#include "holdfast/platform/ownership.hpp"
#include "holdfast/platform/reader_slots.hpp"
#include "holdfast/platform/task.hpp"

namespace holdfast::platform {

// A platform gives an algorithm its atomics, fences, sleep, clock and memory, and nothing else may
// be used there: so the model checker can take its place. `linux_kernel` and `portable` add to this
// what differs between them.
struct standard : unchecked_ownership {
  template <class T>
  using atomic = platform::atomic<T>;
  using lock_bytes = platform::lock_bytes;

  static void pause() noexcept { platform::pause(); }
  static void yield() noexcept { platform::yield(); }
  static constexpr bool has_tasks = true;
  static task* this_task() noexcept { return platform::this_task(); }
  static unsigned cpu_count() noexcept { return platform::cpu_count(); }
  static void fence_seq_cst() noexcept { platform::fence_seq_cst(); }
  // Marks a second look at what may have changed since the first one: the model checker tries what
  // happens without it.
  static constexpr bool recheck(bool holds) noexcept { return holds; }
  static std::int64_t monotonic_now() noexcept { return platform::monotonic_now(); }
  static bool has_passed(const deadline& until) noexcept { return until.has_passed(); }

  static crowd_memory& my_crowd_memory(const void* lock) noexcept {
    return platform::my_crowd_memory(lock);
  }

  using reader_slots = platform::reader_slots;
  static reader_slots& my_reader_slots() noexcept { return platform::my_reader_slots(); }
  static reader_slots& obtain_reader_slots() noexcept { return platform::obtain_reader_slots(); }
  static reader_slots::slot* slot_left_behind(std::uintptr_t content) noexcept {
    return platform::slot_left_behind(content);
  }
  static void look_at_reader_slots(detail::function_ref<bool(reader_slots&)> look) noexcept {
    platform::look_at_reader_slots(look);
  }
};

}  // namespace holdfast::platform
