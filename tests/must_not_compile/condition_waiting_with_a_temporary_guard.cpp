// SPDX-License-Identifier: BSL-1.0
// A wait needs a guard that is still there afterwards.
// expect: (cannot bind non-const lvalue reference|expects an lvalue|no matching (member )?function|no match)
#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

int wait(holdfast::mutex<int>& m, holdfast::condition& changed) {
#ifdef MUST_NOT_COMPILE
  changed.wait(m.lock());
  return 0;
#else
  auto owner = m.lock();
  changed.wait(owner);
  return *owner;
#endif
}
