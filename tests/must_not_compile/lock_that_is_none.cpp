// SPDX-License-Identifier: BSL-1.0
// The second argument of a mutex is a lock.
// expect: (constraints not satisfied|template constraint failure|constraint failure)
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"

struct semaphore {
  void acquire() {}
  void release() {}
};

#ifdef MUST_NOT_COMPILE
using lock = semaphore;
#else
using lock = holdfast::native_lock;
#endif

void use(holdfast::mutex<int, lock>& m) { const auto owner = m.lock(); }
