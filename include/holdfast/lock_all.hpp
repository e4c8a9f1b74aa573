// SPDX-License-Identifier: BSL-1.0
// Several mutexes at once, in no order that could be wrong.
#pragma once

#include <tuple>

#include "holdfast/guard.hpp"
#include "holdfast/lock/lock_several.hpp"

namespace holdfast {

// Locks all `mutexes` and returns a std::tuple of their guards: `auto [a, b] = lock_all(from,
// to);`. Throws poisoned, with nothing locked, if one of them is.
template <class... Mutexes>
std::tuple<guard<Mutexes>...> lock_all(Mutexes&... mutexes) {
  const detail::any_lock locks[] = {detail::erase_lock(detail::mutex_access::lock_of(mutexes))...};
  detail::lock_several(locks, sizeof...(Mutexes));
  // Remembered before the unlock: after it anybody may mend them.
  const bool poisoned[] = {detail::mutex_access::found_poisoned(mutexes)...};
  bool any = false;
  for (const bool each : poisoned) any = any || each;
  if (any) [[unlikely]] {
    for (const detail::any_lock& each : locks) each.unlock_it(each.lock);
    const bool* each = poisoned;
    ((*each++ ? detail::mutex_access::refuse(mutexes) : void()), ...);
  }
  return std::tuple<guard<Mutexes>...>(detail::held<Mutexes>{&mutexes, false}...);
}

// The same for whoever can cope with broken data.
template <class... Mutexes>
std::tuple<guard<Mutexes>...> lock_all(even_if_poisoned_t, Mutexes&... mutexes) {
  const detail::any_lock locks[] = {detail::erase_lock(detail::mutex_access::lock_of(mutexes))...};
  detail::lock_several(locks, sizeof...(Mutexes));
  return std::tuple<guard<Mutexes>...>(
      detail::held<Mutexes>{&mutexes, detail::mutex_access::found_poisoned(mutexes)}...);
}

}  // namespace holdfast
