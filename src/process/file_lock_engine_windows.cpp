// SPDX-License-Identifier: BSL-1.0
// The same on Windows: threads by a mutex without a name, processes by looking again.
#if defined(_WIN32)

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "holdfast/process/error.hpp"

#include "process/file_lock_engine.hpp"
#include "process/windows_calls.hpp"

namespace holdfast::process::detail {
namespace {

// Longest between two looks at the file, and for a stop of a thread that waits for another of its
// process (milliseconds; 2026-11-30).
constexpr DWORD longest_pause_ms = 2;
constexpr DWORD look_for_stop_ms = 10;

// What a thread holds, for its end.
DWORD held_by_thread = FLS_OUT_OF_INDEXES;

bool has_it(DWORD result) noexcept { return result == WAIT_OBJECT_0 || result == WAIT_ABANDONED; }

}  // namespace

file_lock_engine::file_lock_engine(segment& of, header* head, std::byte* payload)
    : lock_engine(of, head, payload), threads_(number_of(::CreateMutexW(nullptr, FALSE, nullptr))) {
  static const DWORD once = ::FlsAlloc([](void* first) { file_lock_engine::thread_ends(first); });
  held_by_thread = once;
  if (threads_ == 0 || held_by_thread == FLS_OUT_OF_INDEXES)
    throw_os_error(last_errno(), of.name(), of.path(), "cannot be told of the end of a thread");
}

// The marks stay as they are: whoever comes next finds them.
void file_lock_engine::thread_ends(void* first) noexcept {
  for (auto* engine = static_cast<file_lock_engine*>(first); engine != nullptr;) {
    file_lock_engine* const next = engine->next_held_;
    engine->owner_thread.store(0, platform::order::relaxed);
    engine->unlock_file();
    ::ReleaseMutex(handle_of(engine->threads_));
    engine = next;
  }
}

void file_lock_engine::held() noexcept {
  next_held_ = static_cast<file_lock_engine*>(::FlsGetValue(held_by_thread));
  ::FlsSetValue(held_by_thread, this);
}

void file_lock_engine::no_longer_held() noexcept {
  auto* const first = static_cast<file_lock_engine*>(::FlsGetValue(held_by_thread));
  if (first == this) {
    ::FlsSetValue(held_by_thread, next_held_);
    return;
  }
  for (auto* engine = first; engine != nullptr; engine = engine->next_held_)
    if (engine->next_held_ == this) {
      engine->next_held_ = next_held_;
      return;
    }
}

void file_lock_engine::forked() noexcept {}  // nobody forks

void file_lock_engine::check_file() const {}  // it is open

void file_lock_engine::sleep_until(const deadline& until) noexcept {
  ::Sleep(milliseconds_until(until));
}

// The system would let its owner in again.
lock_end file_lock_engine::try_lock() {
  if (owner_thread.load(platform::order::relaxed) == this_thread()) return lock_end::gave_up;
  const DWORD result = ::WaitForSingleObject(handle_of(threads_), 0);
  if (!has_it(result)) return lock_end::gave_up;
  if (result == WAIT_ABANDONED) unlock_file();  // of a thread that was terminated, without its end
  const int refused = try_lock_file();
  if (refused == 0) {
    held();
    return lock_end::locked;
  }
  ::ReleaseMutex(handle_of(threads_));
  if (refused != EWOULDBLOCK)
    throw_os_error(refused, segment_.name(), segment_.path(), "cannot be locked");
  return lock_end::gave_up;
}

lock_end file_lock_engine::lock(const wait_limits& limits) {
  for (;;) {
    const DWORD left = milliseconds_until(limits.until);
    const DWORD slice = limits.stop != nullptr ? std::min(left, look_for_stop_ms) : left;
    const DWORD result = ::WaitForSingleObject(handle_of(threads_), slice);
    if (result == WAIT_ABANDONED) unlock_file();  // as in try_lock
    if (has_it(result)) break;
    if (result == WAIT_FAILED || limits.reached()) return lock_end::gave_up;
  }
  return lock_the_file(limits);
}

// With the lock of the threads; gives it back if it fails.
lock_end file_lock_engine::lock_the_file(const wait_limits& limits) {
  DWORD pause = 0;
  int refused = try_lock_file();
  while (refused == EWOULDBLOCK) {
    if (limits.reached()) {
      ::ReleaseMutex(handle_of(threads_));
      return lock_end::gave_up;
    }
    ::Sleep(std::min(pause, milliseconds_until(limits.until)));
    pause = std::min(pause + 1, longest_pause_ms);
    refused = try_lock_file();
  }
  if (refused != 0) {
    ::ReleaseMutex(handle_of(threads_));
    throw_os_error(refused, segment_.name(), segment_.path(), "cannot be locked");
  }
  held();
  return lock_end::locked;
}

void file_lock_engine::unlock() noexcept {
  no_longer_held();
  owner_thread.store(0, platform::order::relaxed);
  unlock_file();
  ::ReleaseMutex(handle_of(threads_));
}

}  // namespace holdfast::process::detail

#endif
