// SPDX-License-Identifier: BSL-1.0
// An object with static storage that is never destroyed, because threads may use it until the very end.
#pragma once

namespace holdfast::detail {

template <class T>
union immortal {
  immortal() : value() {}
  ~immortal() {}
  immortal(const immortal&) = delete;
  immortal& operator=(const immortal&) = delete;

  T value;
};

}  // namespace holdfast::detail
