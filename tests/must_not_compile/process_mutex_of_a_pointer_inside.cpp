// SPDX-License-Identifier: BSL-1.0
// So does one inside an object, as far as it is seen: here behind an array and in a nested struct.
// expect: an object with a pointer in it
#include <array>
#include <string>
#include <utility>

#include "holdfast/process/process.hpp"

struct node {
  int value;
#ifdef MUST_NOT_COMPILE
  node* next;
#else
  int next;
#endif
};
struct list {
  std::array<char, 4> name;
  node first;
};

int main() {
#ifdef MUST_NOT_COMPILE
  static_cast<void>(holdfast::process::open<list>("a"));
#else
  static_cast<void>(holdfast::process::open<list>("a"));
#endif
}
