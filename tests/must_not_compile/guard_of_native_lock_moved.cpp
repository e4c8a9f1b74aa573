// SPDX-License-Identifier: BSL-1.0
// The system's mutex is unlocked by the thread that locked it: its guard stays where it is.
// expect: (use of deleted function|call to deleted constructor)
#include <utility>

#ifdef MUST_NOT_COMPILE
#include "holdfast/lock/native_lock.hpp"
#endif
#include "holdfast/mutex.hpp"

#ifdef MUST_NOT_COMPILE
using lock = holdfast::native_lock;
#else
using lock = holdfast::parking_lock;
#endif

void pass_on(holdfast::mutex<int, lock>& m) {
  auto owner = m.lock();
  auto second = std::move(owner);
  *second = 1;
}
