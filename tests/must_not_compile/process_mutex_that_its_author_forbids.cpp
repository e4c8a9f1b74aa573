// SPDX-License-Identifier: BSL-1.0
// The author of a type knows of a pointer that nobody sees.
// expect: enable_shareable<T> is false
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

struct hidden {
  unsigned long address_of_something;
};
#ifdef MUST_NOT_COMPILE
template <>
inline constexpr bool holdfast::process::enable_shareable<hidden> = false;
#endif

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(holdfast::process::open<hidden>("a"));
#else
  static_cast<void>(holdfast::process::open<hidden>("a"));
#endif
}
