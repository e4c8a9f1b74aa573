// SPDX-License-Identifier: BSL-1.0
// Only where the lock can be stopped has the mutex a wait with a stop.
// expect: (no match for call|no matching (member )?function for call|too many arguments)
#include <stop_token>

#include "holdfast/mutex.hpp"

struct plain_lock {
  void lock() {}
  bool try_lock() { return true; }
  void unlock() {}
};

#ifdef MUST_NOT_COMPILE
using lock = plain_lock;
#else
using lock = holdfast::parking_lock;
#endif

bool wait(holdfast::mutex<int, lock>& m, const std::stop_token& stop) {
  return static_cast<bool>(m.lock(stop));
}
