// SPDX-License-Identifier: BSL-1.0
// What is no option is refused where it is said.
// expect: (no matching function|constraint)
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(holdfast::process::open<int>("a", 0600));
#else
  static_cast<void>(holdfast::process::open<int>("a", holdfast::process::permissions{0600}));
#endif
}
