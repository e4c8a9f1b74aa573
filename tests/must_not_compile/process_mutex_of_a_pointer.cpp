// SPDX-License-Identifier: BSL-1.0
// A pointer leads elsewhere in every other process.
// expect: processes cannot share a pointer
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(holdfast::process::open<const char*>("a"));
#else
  static_cast<void>(holdfast::process::open<int>("a"));
#endif
}
