// SPDX-License-Identifier: BSL-1.0
// The lock belongs to the thread that locked it.
// expect: (deleted function|deleted constructor)
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

int main() {
#ifdef MUST_NOT_COMPILE
  auto m = holdfast::process::open<int>("a");
  auto owner = m.lock();
  auto other = std::move(owner);
#else
  auto m = holdfast::process::open<int>("a");
  auto owner = m.lock();
  *owner = 1;
#endif
}
