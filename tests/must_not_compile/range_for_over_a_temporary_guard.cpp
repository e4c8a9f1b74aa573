// SPDX-License-Identifier: BSL-1.0
// A range-for over *m.lock() would run without the lock: the guard dies before the first round.
// expect: (use of deleted function|overload resolution selected deleted operator)
#include <vector>

#include "holdfast/mutex.hpp"

int sum(holdfast::mutex<std::vector<int>>& m) {
  int result = 0;
#ifdef MUST_NOT_COMPILE
  for (const int each : *m.lock()) result += each;
#else
  const auto owner = m.lock();
  for (const int each : *owner) result += each;
#endif
  return result;
}
