// SPDX-License-Identifier: BSL-1.0
// A permit between processes belongs to the thread that acquired it.
// expect: deleted
#include <utility>

#include "holdfast/process/semaphore.hpp"

void use(holdfast::process::semaphore& s) {
  auto mine = s.acquire_permit();
#ifdef MUST_NOT_COMPILE
  auto other = std::move(mine);
#else
  auto& other = mine;
#endif
  other.release();
}
