// SPDX-License-Identifier: BSL-1.0
// Who is calling, and what a switch of tasks exchanges.
#include "holdfast/platform/task.hpp"

#include "holdfast/base/fatal.hpp"
#include "holdfast/platform/atomic.hpp"

#if defined(_WIN32)
#include "platform/windows_api.hpp"
#else
#include <pthread.h>

#include <bit>
#endif

namespace holdfast::platform {

thread_local constinit task* this_threads_task = nullptr;

void task::refuse_switch_slow(const char* what) const noexcept {
  detail::fatal(
      of_thread.kind, of_thread.lock, what,
      "Release the guard first, or use a lock that belongs to its fiber, as mutex<T> does");
}

std::uintptr_t next_task_id() noexcept {
  static constinit atomic<std::uintptr_t> last(1);
  return last.fetch_add(2, order::relaxed) + 2;
}

namespace {

// The same in every copy of the library, and no other's while this thread lives. Never 0, and even,
// as it is an address, or a multiple of four.
std::uintptr_t this_thread() noexcept {
#if defined(_WIN32)
  return ::GetCurrentThreadId();
#else
  return std::bit_cast<std::uintptr_t>(::pthread_self());  // a number or a pointer
#endif
}

}  // namespace

std::uintptr_t this_owner() noexcept {
  const task* const mine = this_task();
  return mine != nullptr ? mine->id() : this_thread();
}

thread_state thread_state::of_this_thread() noexcept {
  thread_state result;
#if HOLDFAST_HAS_EXCEPTIONS
  result.exceptions_ =
      this_threads_exceptions != nullptr ? this_threads_exceptions : find_exception_globals();
#endif
  result.readers_ = &this_threads_reader_slots;
  result.task_ = &this_threads_task;
  return result;
}

}  // namespace holdfast::platform
