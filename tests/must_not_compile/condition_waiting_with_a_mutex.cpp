// SPDX-License-Identifier: BSL-1.0
// A condition gives away what is held: a guard, and not the mutex.
// expect: (constraints not satisfied|no matching (member )?function|basic_lockable)
#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

void wait(holdfast::mutex<int>& m, holdfast::condition& changed) {
  auto owner = m.lock();
#ifdef MUST_NOT_COMPILE
  changed.wait(m);
#else
  changed.wait(owner);
#endif
}
