// SPDX-License-Identifier: BSL-1.0
// Clang's thread safety analysis knows spin_lock: guarded data is not touched without it.
// compiler: clang
// flags: -Wthread-safety -Werror
// expect: writing variable 'value' requires holding mutex 'lock'
#include "holdfast/spin/spin_lock.hpp"

struct account {
  holdfast::spin_lock lock;
  int value __attribute__((guarded_by(lock))) = 0;

  void pay_in() {
#ifndef MUST_NOT_COMPILE
    lock.lock();
#endif
    ++value;
#ifndef MUST_NOT_COMPILE
    lock.unlock();
#endif
  }
};

void use(account& a) { a.pay_in(); }
