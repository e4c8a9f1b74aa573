// SPDX-License-Identifier: BSL-1.0
// Nothing is assigned through a temporary guard: set() says it.
// expect: (use of deleted function|overload resolution selected deleted operator)
#include "holdfast/mutex.hpp"

void write(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  *m.lock() = 1;
#else
  m.set(1);
#endif
}
