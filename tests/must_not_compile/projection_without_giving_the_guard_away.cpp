// SPDX-License-Identifier: BSL-1.0
// The part takes the lock over: it must be given.
// expect: (no matching function for call|cannot bind rvalue reference|expects an rvalue)
#include <utility>

#include "holdfast/mutex.hpp"

struct point {
  int x = 0;
};

int read(holdfast::mutex<point>& m) {
  auto whole = m.lock();
#ifdef MUST_NOT_COMPILE
  const auto x = holdfast::project(whole, &point::x);
#else
  const auto x = holdfast::project(std::move(whole), &point::x);
#endif
  return *x;
}
