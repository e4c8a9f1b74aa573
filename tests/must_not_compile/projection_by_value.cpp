// SPDX-License-Identifier: BSL-1.0
// A function that returns a copy gives no part of the data.
// expect: must return a reference to a part of the data
#include <string>

#include "holdfast/mutex.hpp"

struct person {
  std::string name;
};

std::size_t length(holdfast::mutex<person>& m) {
#ifdef MUST_NOT_COMPILE
  const auto name = holdfast::project(m.lock(), [](person& p) { return p.name; });
#else
  const auto name = holdfast::project(m.lock(), [](person& p) -> std::string& { return p.name; });
#endif
  return name->size();
}
