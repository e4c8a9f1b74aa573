// SPDX-License-Identifier: BSL-1.0
// Only a lock whose owners look for waiters on their way out has conditional critical sections.
// expect: (constraints not satisfied|no matching (member )?function|may_lock_when)
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#ifdef MUST_NOT_COMPILE
using lock = holdfast::spin_lock;
#else
using lock = holdfast::parking_lock;
#endif

int wait(holdfast::mutex<int, lock>& m) {
  const auto owner = m.lock_when([](int number) { return number != 0; });
  return *owner;
}
