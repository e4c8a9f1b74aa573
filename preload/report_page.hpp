// SPDX-License-Identifier: BSL-1.0
// The page that `holdfast run` shares with the programs it runs: who came up, and what was counted.
#pragma once

#include <cstdint>

namespace preload {

// Rows of the page.
enum class kind : std::uint8_t {
  mutex,
  recursive_mutex,
  errorcheck_mutex,
  adaptive_mutex,
  condition,
  spin_lock,
  rwlock,
  semaphore,
  once,
  barrier,
  // Those of the C library, which are passed through.
  passed_robust_mutex,
  passed_priority_mutex,
  passed_shared_mutex,
  passed_shared_condition,
  passed_shared_spin_lock,
  passed_shared_rwlock,
  passed_shared_semaphore,
  passed_shared_barrier,
};
inline constexpr unsigned kinds = 18;

inline constexpr const char* name_of(kind of) noexcept {
  switch (of) {
    case kind::mutex:
      return "mutex";
    case kind::recursive_mutex:
      return "recursive mutex";
    case kind::errorcheck_mutex:
      return "errorcheck mutex";
    case kind::adaptive_mutex:
      return "adaptive mutex";
    case kind::condition:
      return "condition variable";
    case kind::spin_lock:
      return "spin lock";
    case kind::rwlock:
      return "reader-writer lock";
    case kind::semaphore:
      return "semaphore";
    case kind::once:
      return "once";
    case kind::barrier:
      return "barrier";
    case kind::passed_robust_mutex:
      return "robust mutex";
    case kind::passed_priority_mutex:
      return "priority mutex";
    case kind::passed_shared_mutex:
      return "process-shared mutex";
    case kind::passed_shared_condition:
      return "process-shared condition variable";
    case kind::passed_shared_spin_lock:
      return "process-shared spin lock";
    case kind::passed_shared_rwlock:
      return "process-shared reader-writer lock";
    case kind::passed_shared_semaphore:
      return "process-shared or named semaphore";
    case kind::passed_shared_barrier:
      return "process-shared barrier";
  }
  return "";
}

inline constexpr bool is_passed_through(kind of) noexcept {
  return of >= kind::passed_robust_mutex;
}

// All zero at first. Counters are added to by all threads of all processes that are run.
struct report_page {
  struct row {
    std::uint64_t objects;   // that were used; of those that are passed through: initialised
    std::uint64_t acquires;  // locked, or taken, or run
    std::uint64_t waits;     // for a signal, a permit, a run, or the others
    std::uint64_t releases;  // unlocked, or posted
    std::uint64_t signals;   // and broadcasts
  };

  std::uint32_t counts;   // whether anything but this is wanted: set by `holdfast run`
  std::uint32_t came_up;  // processes in which the library was loaded
  std::uint32_t layout;   // written by the library
  std::uint32_t unused;
  row rows[kinds];
};
inline constexpr std::uint32_t report_layout = 2;

// In the environment: "alone:PATH" or "follow:PATH", where PATH is that of the page. Before it stands one
// `before_env` for each env(1) of a script that goes before the program; each takes one away.
inline constexpr const char* report_variable = "HOLDFAST_RUN";
inline constexpr const char* before_env = "env:";

}  // namespace preload
