// SPDX-License-Identifier: BSL-1.0
// A mutex is no pointer to its data.
// expect: (no match for .?operator\*|indirection requires pointer operand)
#include "holdfast/mutex.hpp"

int reach(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  return *m;
#else
  const auto owner = m.lock();
  return *owner;
#endif
}
