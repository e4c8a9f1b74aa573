// SPDX-License-Identifier: BSL-1.0
// A temporary owned guard gives its data no more than any other temporary guard.
// expect: (use of deleted function|overload resolution selected deleted operator)
#include <memory>
#include <utility>

#include "holdfast/owned_guard.hpp"

int read(std::shared_ptr<holdfast::mutex<int>> shared) {
#ifdef MUST_NOT_COMPILE
  return *holdfast::lock_owned(std::move(shared));
#else
  const auto owner = holdfast::lock_owned(std::move(shared));
  return *owner;
#endif
}
