// SPDX-License-Identifier: BSL-1.0
// A number says no unit.
// expect: no matching (member )?function for call
#include <chrono>

#include "holdfast/mutex.hpp"

bool wait(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  return static_cast<bool>(m.try_lock_for(10));
#else
  return static_cast<bool>(m.try_lock_for(std::chrono::milliseconds(10)));
#endif
}
