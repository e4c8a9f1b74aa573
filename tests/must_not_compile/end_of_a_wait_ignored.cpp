// SPDX-License-Identifier: BSL-1.0
// Whoever waits with a deadline has to look at how the wait ended.
// flags: -Werror
// expect: (nodiscard|ignoring return)
#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

void wait(holdfast::mutex<int>& m, holdfast::condition& changed) {
  auto owner = m.lock();
#ifdef MUST_NOT_COMPILE
  changed.wait_until(owner, holdfast::deadline::never());
#else
  while (!changed.wait_until(owner, holdfast::deadline::never())) {
  }
#endif
}
