// SPDX-License-Identifier: BSL-1.0
// A reader between processes must not change what it reads.
// expect: read-only|not assignable|const
#include "holdfast/process/shared_mutex.hpp"

void use(holdfast::process::shared_mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  const auto reader = m.lock_shared();
  *reader = 1;
#else
  const auto writer = m.lock();
  *writer = 1;
#endif
}
