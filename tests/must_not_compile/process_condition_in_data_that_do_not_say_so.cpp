// SPDX-License-Identifier: BSL-1.0
// Data with a condition in them lie where they lie: they are not taken for bytes unless their author
// says that they are made for it.
// expect: enable_shareable
#include "holdfast/process/condition.hpp"
#include "holdfast/process/process.hpp"

struct box {
  int things = 0;
  holdfast::process::condition more;
};

#ifndef MUST_NOT_COMPILE
template <>
inline constexpr bool holdfast::process::enable_shareable<box> = true;
#endif

void use() { holdfast::process::open<box>("box").lock()->more.notify_one(); }
