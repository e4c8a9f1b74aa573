// SPDX-License-Identifier: BSL-1.0
// Waiting for the lock of a file: in the kernel without an end, by looking again with one.
#include "process/file_lock_engine.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "holdfast/process/error.hpp"

#include "platform/timespec.hpp"

namespace holdfast::process::detail {
namespace {

// The kernel waits for a file without a deadline only. With one, whoever waits looks again, at first
// soon (the sections of others may be short), then at the cost of a thousandth of a CPU (nanoseconds;
// a look takes 1 us; 2026-11-30).
constexpr std::int64_t first_pause_ns = 20'000;
constexpr std::int64_t longest_pause_ns = 1'000'000;

// How often a thread that waits for another of its process looks for a stop (nanoseconds; 2026-11-30).
constexpr std::int64_t look_for_stop_ns = 10'000'000;

// What a thread holds, for its end.
pthread_key_t held_by_thread;
int key_refused = 0;

}  // namespace

file_lock_engine::file_lock_engine(segment& of, header* head, std::byte* payload)
    : lock_engine(of, head, payload) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, [] {
    key_refused = pthread_key_create(&held_by_thread,
                                     [](void* first) { file_lock_engine::thread_ends(first); });
  });
  if (key_refused != 0)
    throw_error(cause::unsupported, of.name(), of.path(), "cannot be told of the end of a thread",
                "Choose the engine `shared_memory`", key_refused);
}

// The marks stay as they are: whoever comes next finds them.
void file_lock_engine::thread_ends(void* first) noexcept {
  for (auto* engine = static_cast<file_lock_engine*>(first); engine != nullptr;) {
    file_lock_engine* const next = engine->next_held_;
    engine->owner_thread.store(0, platform::order::relaxed);
    engine->unlock_file();
    pthread_mutex_unlock(&engine->threads_);
    engine = next;
  }
}

void file_lock_engine::held() noexcept {
  next_held_ = static_cast<file_lock_engine*>(pthread_getspecific(held_by_thread));
  pthread_setspecific(held_by_thread, this);
}

void file_lock_engine::no_longer_held() noexcept {
  auto* const first = static_cast<file_lock_engine*>(pthread_getspecific(held_by_thread));
  if (first == this) {
    pthread_setspecific(held_by_thread, next_held_);
    return;
  }
  for (auto* engine = first; engine != nullptr; engine = engine->next_held_)
    if (engine->next_held_ == this) {
      engine->next_held_ = next_held_;
      return;
    }
}

// The child has a file of its own (see segment), and no thread but this one.
void file_lock_engine::forked() noexcept {
  lock_engine::forked();
  threads_ = PTHREAD_MUTEX_INITIALIZER;
  next_held_ = nullptr;
  pthread_setspecific(held_by_thread, nullptr);
}

void file_lock_engine::check_file() const {
  if (segment_.file() < 0)
    throw_error(cause::unsupported, segment_.name(), segment_.path(),
                "could not be opened again after a fork", "Mount /proc, or open it after the fork");
}

void file_lock_engine::sleep_until(const deadline& until) noexcept {
  const struct timespec when = platform::to_timespec(until);
  ::clock_nanosleep(platform::clock_of(until), TIMER_ABSTIME, &when, nullptr);
}

lock_end file_lock_engine::try_lock() {
  check_file();
  if (pthread_mutex_trylock(&threads_) != 0) return lock_end::gave_up;
  const int refused = try_lock_file();
  if (refused == 0) {
    held();
    return lock_end::locked;
  }
  pthread_mutex_unlock(&threads_);
  if (refused != EWOULDBLOCK)
    throw_os_error(refused, segment_.name(), segment_.path(), "cannot be locked");
  return lock_end::gave_up;
}

lock_end file_lock_engine::lock(const wait_limits& limits) {
  check_file();
  while (true) {
    const bool in_slices = limits.stop != nullptr;
    const deadline until =
        in_slices ? earlier(limits.until, deadline::after(look_for_stop_ns)) : limits.until;
    const struct timespec when = platform::to_timespec(until);
    const int refused = until.is_never()
                            ? pthread_mutex_lock(&threads_)
                            : pthread_mutex_clocklock(&threads_, platform::clock_of(until), &when);
    if (refused == 0) break;
    if (limits.reached()) return lock_end::gave_up;
  }
  return lock_the_file(limits);
}

// With the lock of the threads; gives it back if it fails.
lock_end file_lock_engine::lock_the_file(const wait_limits& limits) {
  const bool without_end = limits.stop == nullptr && limits.until.is_never();
  std::int64_t pause = first_pause_ns;
  int refused = try_lock_file();
  while (refused == EWOULDBLOCK || refused == EINTR) {
    if (without_end) {
      refused = wait_for_file();
      continue;
    }
    if (limits.reached()) {
      pthread_mutex_unlock(&threads_);
      return lock_end::gave_up;
    }
    sleep_until(earlier(limits.until, deadline::after(pause)));
    pause = std::min(pause * 2, longest_pause_ns);
    refused = try_lock_file();
  }
  if (refused != 0) {
    pthread_mutex_unlock(&threads_);
    throw_os_error(refused, segment_.name(), segment_.path(), "cannot be locked");
  }
  held();
  return lock_end::locked;
}

void file_lock_engine::unlock() noexcept {
  no_longer_held();
  owner_thread.store(0, platform::order::relaxed);
  unlock_file();
  pthread_mutex_unlock(&threads_);
}

}  // namespace holdfast::process::detail
