// SPDX-License-Identifier: BSL-1.0
// The part of an owned guard would outlive the share that keeps its mutex alive.
// expect: (use of deleted function|call to deleted function)
#include <memory>
#include <utility>

#include "holdfast/owned_guard.hpp"

struct point {
  int x = 0;
};

int read(std::shared_ptr<holdfast::mutex<point>> shared) {
#ifdef MUST_NOT_COMPILE
  const auto x = holdfast::project(holdfast::lock_owned(std::move(shared)), &point::x);
#else
  const auto x = holdfast::project(shared->lock(), &point::x);
#endif
  return *x;
}
