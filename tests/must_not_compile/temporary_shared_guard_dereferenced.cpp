// SPDX-License-Identifier: BSL-1.0
// The reference would outlive the guard.
// expect: (use of|call to|overload resolution selected).*deleted
#include "holdfast/shared_mutex.hpp"

int read(const holdfast::shared_mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  return *m.lock_shared();
#else
  const auto reader = m.lock_shared();
  return *reader;
#endif
}
