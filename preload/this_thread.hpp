// SPDX-License-Identifier: BSL-1.0
// Who the calling thread is, for the owner of a mutex.
#pragma once

#include <cstdint>

namespace preload {

// Plain data, found relative to the thread pointer: there before and after everything else of the
// thread.
struct thread_names {
  // Of no other thread this process ever has; the same in the child of a fork, so that whoever held
  // a mutex at the fork holds it there.
  std::uint64_t identity;
  int number;  // the kernel's, for debuggers
};

extern constinit thread_local thread_names this_threads_names;
[[gnu::cold]] const thread_names& name_this_thread() noexcept;

inline const thread_names& this_thread() noexcept {
  const thread_names& names = this_threads_names;
  return names.number != 0 ? names : name_this_thread();
}

}  // namespace preload
