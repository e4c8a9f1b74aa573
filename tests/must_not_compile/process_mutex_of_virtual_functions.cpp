// SPDX-License-Identifier: BSL-1.0
// An object with virtual functions has a pointer to a table of its own process.
// expect: with virtual functions
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

struct shape {
#ifdef MUST_NOT_COMPILE
  virtual
#endif
      int
      area() const {
    return side * side;
  }
  int side = 1;
};

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(holdfast::process::open<shape>("a"));
#else
  static_cast<void>(holdfast::process::open<shape>("a"));
#endif
}
