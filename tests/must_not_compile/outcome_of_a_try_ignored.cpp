// SPDX-License-Identifier: BSL-1.0
// Whoever does not look whether it got the lock does not have it.
// expect: \[-Werror(=|,-W)unused-(result|value)
// flags: -Werror=unused-result -Werror=unused-value
#include "holdfast/spin/spin_lock.hpp"

int* shared = nullptr;

void touch(holdfast::spin_lock& lock) {
#ifdef MUST_NOT_COMPILE
  lock.try_lock();
#else
  if (!lock.try_lock()) return;
  *shared = 1;
  lock.unlock();
#endif
}
