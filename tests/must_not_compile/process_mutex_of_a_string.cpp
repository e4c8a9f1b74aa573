// SPDX-License-Identifier: BSL-1.0
// What owns memory owns memory of its own process.
// expect: must be trivially copyable
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(holdfast::process::open<std::string>("a"));
#else
  static_cast<void>(holdfast::process::open<std::array<char, 32>>("a"));
#endif
}
