// SPDX-License-Identifier: BSL-1.0
// One lock, one guard: a copy would unlock twice.
// expect: (use of|call to) (implicitly-)?deleted
#include <utility>

#include "holdfast/mutex.hpp"

void pass_on(holdfast::mutex<int>& m) {
  auto owner = m.lock();
#ifdef MUST_NOT_COMPILE
  auto second = owner;
#else
  auto second = std::move(owner);
#endif
  *second = 1;
}
