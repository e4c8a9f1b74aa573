// SPDX-License-Identifier: BSL-1.0
// The platform of a program that does not know of us: its locks are asked for before constructors run,
// inside malloc, and in threads that are about to end.
#pragma once

#include <sys/single_threaded.h>

#include <cstddef>
#include <cstdint>

#include "holdfast/platform/linux_kernel.hpp"

#include "platform/restart_sequence.hpp"

namespace preload {

// Written once, by the constructor of the library: what the C library knows of restartable sequences.
// 0 before that and where there are none. A thread that is about to sleep reads it after it has set
// its mark with a locked instruction, so on x86 an owner that sees it sees the mark as well.
extern holdfast::platform::atomic<std::ptrdiff_t> restartable_area;

// As long as the process has never had a second thread, taking a lock is no atomic instruction, as in
// the C library. What starts the second one makes visible what was stored.
class foreign_lock_bytes : public holdfast::platform::lock_bytes {
 public:
  bool take() noexcept {
    if (!__libc_single_threaded) return holdfast::platform::lock_bytes::take();
    if (is_held()) return false;
    *address() = 1;
    return true;
  }
};

// No thread-local destructors, no function-static guards, no malloc, no dlopen: what differs from
// linux_kernel is where those would be. Its lot is its own: no other copy of holdfast in the process
// waits for these locks.
struct foreign_program : holdfast::platform::linux_kernel {
  using lock_bytes = foreign_lock_bytes;
  using unchecked = foreign_program;
  using task = holdfast::platform::task;
  static constexpr bool has_tasks = false;
  static constexpr bool has_restartable = holdfast::platform::has_restartable;

  // Whatever runs in it, what POSIX calls a thread is one of the system.
  static constexpr task* this_task() noexcept { return nullptr; }

  static bool release_alone(lock_bytes& bytes) noexcept {
    const std::ptrdiff_t area = restartable_area.load(holdfast::platform::order::relaxed);
    if (area != 0 && holdfast::platform::release_in_sequence(bytes.address(), area)) [[likely]]
      return true;
    return bytes.release_alone();
  }
  static bool restartable_in_use() noexcept {
    return restartable_area.load(holdfast::platform::order::relaxed) != 0;
  }
  static bool restart_fence() noexcept;
  static bool restart_fence_refused() noexcept;

  // On the lower half of a word.
  static void futex_wake_half(const holdfast::platform::atomic<std::uint64_t>* word,
                              int count) noexcept {
    futex_wake(reinterpret_cast<const holdfast::platform::atomic<std::uint32_t>*>(word), count);
  }

  // Where more threads run than there are CPUs, one that gives its own away between two looks gets it
  // back only when all others have had their turn, and one that sleeps as soon as it is woken.
  static constexpr bool keeps_its_cpu = true;
  static void yield() noexcept { pause(); }
  static unsigned cpu_count() noexcept;
  static std::int64_t monotonic_now() noexcept;
  static holdfast::platform::crowd_memory& my_crowd_memory(const void* lock) noexcept;

  static void* process_root() noexcept;
  static void* map_pages(std::size_t bytes) noexcept;
};

}  // namespace preload
