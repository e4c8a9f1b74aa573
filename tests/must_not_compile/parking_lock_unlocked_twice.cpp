// SPDX-License-Identifier: BSL-1.0
// Clang's thread safety analysis sees an unlock of a parking_lock that is not held.
// compiler: clang
// flags: -Wthread-safety -Werror
// expect: releasing mutex 'lock' that was not held
#include "holdfast/lock/parking_lock.hpp"

void use(holdfast::parking_lock& lock) {
  lock.lock();
  lock.unlock();
#ifdef MUST_NOT_COMPILE
  lock.unlock();
#endif
}
