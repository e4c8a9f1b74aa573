// SPDX-License-Identifier: BSL-1.0
// A const mutex locks, and its data is const.
// expect: (assignment of read-only location|returns a const value)
#include "holdfast/mutex.hpp"

#ifdef MUST_NOT_COMPILE
using shared = const holdfast::mutex<int>;
#else
using shared = holdfast::mutex<int>;
#endif

void write(shared& m) {
  const auto owner = m.lock();
  *owner = 1;
}
