// SPDX-License-Identifier: BSL-1.0
// A reference from a temporary guard would outlive the lock.
// expect: (use of deleted function|overload resolution selected deleted operator)
#include "holdfast/mutex.hpp"

int read(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  const int& data = *m.lock();
  return data;
#else
  const auto owner = m.lock();
  const int& data = *owner;
  return data;
#endif
}
