// SPDX-License-Identifier: BSL-1.0
// Clang's thread safety analysis knows that a try, a deadline or a stop may end without the lock.
// compiler: clang
// flags: -Wthread-safety -Werror
// expect: requires holding mutex 'lock'
#include <chrono>
#include <stop_token>

#include "holdfast/lock/parking_lock.hpp"

struct account {
  holdfast::parking_lock lock;
  int value __attribute__((guarded_by(lock))) = 0;

  void pay_in(const std::stop_token& stop) {
    if (lock.try_lock()) {
      ++value;
      lock.unlock();
    }
    if (lock.try_lock_for(std::chrono::milliseconds(1))) {
      ++value;
      lock.unlock();
    }
    if (lock.try_lock_until(std::chrono::steady_clock::now())) {
      ++value;
      lock.unlock();
    }
#ifdef MUST_NOT_COMPILE
    if (!lock.lock(stop)) {
#else
    if (lock.lock(stop)) {
#endif
      ++value;
      lock.unlock();
    }
  }
};

void use(account& a, const std::stop_token& stop) { a.pay_in(stop); }
