// SPDX-License-Identifier: BSL-1.0
// A wait gives the lock away, so it needs a guard that may be changed.
// expect: (constraints not satisfied|no matching (member )?function|basic_lockable)
#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

int wait(holdfast::mutex<int>& m, holdfast::condition& changed) {
#ifdef MUST_NOT_COMPILE
  const auto owner = m.lock();
#else
  auto owner = m.lock();
#endif
  changed.wait(owner);
  return *owner;
}
