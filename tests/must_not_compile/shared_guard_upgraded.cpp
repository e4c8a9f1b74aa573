// SPDX-License-Identifier: BSL-1.0
// Two readers that both waited to become the writer would wait for each other: one of them has to be
// the one that may.
// expect: no matching function
#include <utility>

#include "holdfast/shared_mutex.hpp"

void change(holdfast::shared_mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  auto reader = m.lock_shared();
#else
  auto reader = m.lock_upgrade();
#endif
  const auto writer = upgrade(std::move(reader));
  *writer = 1;
}
