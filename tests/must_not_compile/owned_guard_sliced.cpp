// SPDX-License-Identifier: BSL-1.0
// A plain guard taken out of an owned one would outlive the share that keeps its mutex alive.
// expect: (inaccessible|private base|no viable (conversion|constructor)|conversion from)
#include <memory>
#include <utility>

#include "holdfast/owned_guard.hpp"

int read(std::shared_ptr<holdfast::mutex<int>> shared) {
#ifdef MUST_NOT_COMPILE
  const holdfast::guard<holdfast::mutex<int>> owner = holdfast::lock_owned(std::move(shared));
#else
  const holdfast::owned_guard<holdfast::mutex<int>> owner = holdfast::lock_owned(std::move(shared));
#endif
  return *owner;
}
