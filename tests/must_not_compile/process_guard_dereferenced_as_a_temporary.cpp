// SPDX-License-Identifier: BSL-1.0
// A reference out of a temporary guard outlives the lock.
// expect: deleted
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

int main() {
#ifdef MUST_NOT_COMPILE
  auto m = holdfast::process::open<int>("a");
  int& value = *m.lock();
  value = 1;
#else
  auto m = holdfast::process::open<int>("a");
  const auto owner = m.lock();
  int& value = *owner;
  value = 1;
#endif
}
