// SPDX-License-Identifier: BSL-1.0
// What is about to give the lock away is not dereferenced.
// expect: (use of deleted function|overload resolution selected deleted operator)
#include <utility>

#include "holdfast/mutex.hpp"

int& reach(holdfast::guard<holdfast::mutex<int>>& owner) {
#ifdef MUST_NOT_COMPILE
  return *std::move(owner);
#else
  return *owner;
#endif
}
