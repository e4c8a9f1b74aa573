// SPDX-License-Identifier: BSL-1.0
// No lock, no data: the value is no public member.
// expect: is (private within this context|a private member)
#include "holdfast/mutex.hpp"

int reach(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  return m.value_;
#else
  return m.copy();
#endif
}
