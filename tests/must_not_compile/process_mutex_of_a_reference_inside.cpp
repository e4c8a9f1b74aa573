// SPDX-License-Identifier: BSL-1.0
// A reference is a pointer too.
// expect: with a reference or a const member
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

struct view {
  const int& seen;
};
struct value {
  int seen;
};

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(sizeof(holdfast::process::mutex<view>));
#else
  static_cast<void>(sizeof(holdfast::process::mutex<value>));
#endif
}
