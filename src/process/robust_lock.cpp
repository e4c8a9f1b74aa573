// SPDX-License-Identifier: BSL-1.0
// The robust lock by the C library's mutex.
#include "holdfast/process/robust_lock.hpp"

#include <linux/futex.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>
#include <system_error>

#include "holdfast/platform/cpu.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/process/error.hpp"

#include "platform/timespec.hpp"
#include "process/robust_calls.hpp"
#include "process/robust_list.hpp"
#include "process/wait_set.hpp"

namespace holdfast::process::detail {
namespace {

// Looks before a sleep: the sections inside the primitives take a fraction of a microsecond.
constexpr int looks_awake = 60;

// With a stop to look at, which the C library does not watch (nanoseconds; 2026-11-30).
constexpr std::int64_t look_for_stop_ns = 10'000'000;

int lock_until(pthread_mutex_t* mutex, const deadline& until) noexcept {
  const struct timespec when = platform::to_timespec(until);
  return pthread_mutex_clocklock(mutex, platform::clock_of(until), &when);
}

}  // namespace

thread_local constinit unsigned robust_locks_held = 0;

robust_lock::robust_lock() {
  static_assert(sizeof(pthread_mutex_t) <= size && alignof(pthread_mutex_t) <= 8);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  int failed = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (failed == 0) failed = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (failed == 0) failed = pthread_mutex_init(::new (bytes_) pthread_mutex_t, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (failed != 0)
    throw_error(cause::unsupported, "", "", "a robust mutex cannot be made",
                "Locks between processes need a system that has them", failed);
}

lock_end robust_lock::try_lock() noexcept { return detail::try_lock(mutex_in(bytes_)); }

lock_end robust_lock::lock(const wait_limits& limits) noexcept {
  pthread_mutex_t* const mutex = mutex_in(bytes_);
  for (int look = 0; look < looks_awake; ++look) {
    const lock_end end = try_lock();
    if (end != lock_end::gave_up) return end;
    platform::pause();
  }
  const std::int64_t slice = limits.stop != nullptr ? look_for_stop_ns : look_again_ns;
  while (!limits.reached()) {
    const int result = lock_until(mutex, earlier(limits.until, deadline::after(slice)));
    const lock_end end = end_of(result, mutex);
    if (end != lock_end::gave_up || result != ETIMEDOUT) return end;
  }
  return lock_end::gave_up;
}

bool robust_lock::unlock() noexcept { return detail::unlock(mutex_in(bytes_)); }

bool robust_lock::watch(wait_set& sleeper) noexcept {
#if defined(__GLIBC__)
  // The kernel's own rules for such a word: it is the first of the mutex.
  auto* const word = reinterpret_cast<std::uint32_t*>(bytes_);
  std::uint32_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
  do {
    if ((seen & FUTEX_TID_MASK) == 0 || (seen & FUTEX_OWNER_DIED) != 0) return false;
  } while ((seen & FUTEX_WAITERS) == 0 &&
           !__atomic_compare_exchange_n(word, &seen, seen | FUTEX_WAITERS, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
  sleeper.add_shared(word, seen | FUTEX_WAITERS);
  return true;
#else
  static_cast<void>(sleeper);
  return false;
#endif
}

void refuse_to_hold_too_many(unsigned more) {
  if (robust_locks_held + more <= robust_locks_held_at_most) [[likely]]
    return;
  // The child of a fork has its parent's count, and none of its locks.
  robust_locks_held = std::min(robust_locks_held, robust_mutexes_held());
  if (robust_locks_held + more > robust_locks_held_at_most)
    throw_error(
        cause::too_many_held, "", "",
        "this thread holds " + std::to_string(robust_locks_held) + " locks between processes",
        "Release some: the kernel would not release more than 2048 at its death");
}

void refuse_in_fiber(const char* what) {
  if (platform::this_task() != nullptr) [[unlikely]]
    throw_error(cause::in_fiber, "", "", std::string(what) + " was called by a fiber or coroutine",
                "Such a lock belongs to a thread of the system: call it from one, for instance "
                "by fiber::blocking");
}

}  // namespace holdfast::process::detail
