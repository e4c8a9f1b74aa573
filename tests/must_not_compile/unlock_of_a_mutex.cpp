// SPDX-License-Identifier: BSL-1.0
// A mutex has no unlock: its guard has.
// expect: no member named .?unlock
#include "holdfast/mutex.hpp"

void release(holdfast::mutex<int>& m) {
  auto owner = m.lock();
#ifdef MUST_NOT_COMPILE
  m.unlock();
#else
  owner.unlock();
#endif
}
