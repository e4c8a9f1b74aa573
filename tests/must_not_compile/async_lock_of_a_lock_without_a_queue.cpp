// SPDX-License-Identifier: BSL-1.0
// A lock that never sleeps has no queue in which a coroutine could wait.
// expect: lock_async needs a mutex with a parking_lock
#include "holdfast/async.hpp"
#include "holdfast/spin/spin_lock.hpp"

#ifdef MUST_NOT_COMPILE
using lock = holdfast::spin_lock;
#else
using lock = holdfast::parking_lock;
#endif

void wait(holdfast::mutex<int, lock>& m) { static_cast<void>(m.lock_async()); }
