// SPDX-License-Identifier: BSL-1.0
// Not even a copy is taken from a temporary guard: copy() says it.
// expect: (use of deleted function|overload resolution selected deleted operator)
#include "holdfast/mutex.hpp"

int read(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  int data = *m.lock();
#else
  int data = m.copy();
#endif
  return data;
}
