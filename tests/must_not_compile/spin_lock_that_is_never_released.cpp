// SPDX-License-Identifier: BSL-1.0
// Clang's thread safety analysis sees that spin_lock is still held at the end of a function.
// compiler: clang
// flags: -Wthread-safety -Werror
// expect: mutex 'lock' is still held at the end of function
#include "holdfast/spin/spin_lock.hpp"

struct account {
  holdfast::spin_lock lock;
  int value __attribute__((guarded_by(lock))) = 0;

  void pay_in() {
    lock.lock();
    ++value;
#ifndef MUST_NOT_COMPILE
    lock.unlock();
#endif
  }
};

void use(account& a) { a.pay_in(); }
