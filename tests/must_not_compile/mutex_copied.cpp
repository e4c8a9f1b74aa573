// SPDX-License-Identifier: BSL-1.0
// A mutex is not copied: copy() copies its data.
// expect: (use of deleted function|call to deleted constructor)
#include "holdfast/mutex.hpp"

int duplicate(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  holdfast::mutex<int> second(m);
#else
  holdfast::mutex<int> second(m.copy());
#endif
  return second.copy();
}
