// SPDX-License-Identifier: BSL-1.0
// Who reads among others does not write.
// expect: (read-only|cannot assign|is not assignable|const)
#include "holdfast/shared_mutex.hpp"

void change(holdfast::shared_mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  const auto owner = m.lock_shared();
#else
  const auto owner = m.lock();
#endif
  *owner = 1;
}
