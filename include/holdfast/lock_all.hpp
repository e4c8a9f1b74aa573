// SPDX-License-Identifier: BSL-1.0
// Several mutexes at once, in no order that could be wrong.
#pragma once

#include <cstddef>
#include <tuple>

#include "holdfast/guard.hpp"

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

// Locks all `mutexes` and returns a std::tuple of their guards: `auto [a, b] = lock_all(from,
// to);`. Throws poisoned, with nothing locked, if one of them is.
template <class... Mutexes>
std::tuple<guard<Mutexes>...> lock_all(Mutexes&... mutexes) {
  const detail::any_lock locks[] = {detail::erase_lock(detail::mutex_access::lock_of(mutexes))...};
  detail::lock_several(locks, sizeof...(Mutexes));
  if ((mutexes.is_poisoned() || ...)) {
    for (const detail::any_lock& each : locks) each.unlock_it(each.lock);
    (void)((mutexes.is_poisoned() ? (detail::mutex_access::refuse(mutexes), true) : false) || ...);
  }
  return std::tuple<guard<Mutexes>...>(detail::held<Mutexes>{&mutexes, false}...);
}

// The same for whoever can cope with broken data.
template <class... Mutexes>
std::tuple<guard<Mutexes>...> lock_all(even_if_poisoned_t, Mutexes&... mutexes) {
  const detail::any_lock locks[] = {detail::erase_lock(detail::mutex_access::lock_of(mutexes))...};
  detail::lock_several(locks, sizeof...(Mutexes));
  return std::tuple<guard<Mutexes>...>(detail::held<Mutexes>{&mutexes, mutexes.is_poisoned()}...);
}

}  // namespace holdfast
