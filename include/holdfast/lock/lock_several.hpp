// SPDX-License-Identifier: BSL-1.0
// Locks of any type, several at once and without deadlock.
#pragma once

#include <cstddef>

#include "holdfast/base/config.hpp"

namespace holdfast {

namespace detail {

// A lock without its type, for the one compiled algorithm.
struct any_lock {
  void* lock;
  void (*lock_it)(void*);
  bool (*try_it)(void*);
  void (*unlock_it)(void*);
};

// Locks all of them or throws with none of them locked. Waits for one at a time and only while
// holding none, so it cannot deadlock with any order used elsewhere. Throws std::system_error
// (resource_deadlock_would_occur) if one is named twice. (Source: the try-and-back-off of
// std::lock, H. Hinnant's "persistent" variant.)
HOLDFAST_EXPORT void lock_several(const any_lock* locks, std::size_t count);

template <class Lock>
any_lock erase_lock(Lock& lock) noexcept {
  return {&lock, [](void* l) HOLDFAST_UNANALYSED { static_cast<Lock*>(l)->lock(); },
          [](void* l) HOLDFAST_UNANALYSED -> bool { return static_cast<Lock*>(l)->try_lock(); },
          [](void* l) HOLDFAST_UNANALYSED { static_cast<Lock*>(l)->unlock(); }};
}

}  // namespace detail

}  // namespace holdfast
