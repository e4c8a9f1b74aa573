// SPDX-License-Identifier: BSL-1.0
// Hooks into fork.
#include "holdfast/platform/fork.hpp"

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace holdfast::platform {

void after_fork_in_child(void (*forget)()) noexcept {
#if !defined(_WIN32)
  // Without memory for the handler, locks that had waiters at a fork stay unusable in its child, as
  // without it.
  static_cast<void>(::pthread_atfork(nullptr, nullptr, forget));
#else
  static_cast<void>(forget);
#endif
}

}  // namespace holdfast::platform
