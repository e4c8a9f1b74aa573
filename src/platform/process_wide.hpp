// SPDX-License-Identifier: BSL-1.0
// An object that a process has once.
#pragma once

#include <new>

#include "holdfast/platform/fork.hpp"

#include "base/immortal.hpp"

namespace holdfast::platform {

// Never destroyed, because threads may use it until the very end, and made anew in the child of a
// fork: another thread, which is not there, may have been in the middle of it.
template <class T>
T& process_wide() noexcept {
  using kept = holdfast::detail::immortal<T>;
  static kept all;
  static const bool prepared = [] {
    after_fork_in_child([] { ::new (static_cast<void*>(&all)) kept; });
    return true;
  }();
  static_cast<void>(prepared);
  return all.value;
}

}  // namespace holdfast::platform
