// SPDX-License-Identifier: BSL-1.0
// Several mutexes at once, in no order that could be wrong.
#pragma once

#include <tuple>

#include "holdfast/guard.hpp"
#include "holdfast/lock/lock_several.hpp"

namespace holdfast {

namespace detail {

template <class Mutex>
struct guard_of_mutex {};
template <class Mutex>
  requires requires { typename Mutex::guard_type; }
struct guard_of_mutex<Mutex> {
  using type = typename Mutex::guard_type;
};
template <class Mutex>
  requires requires { typename Mutex::const_guard_type; }
struct guard_of_mutex<const Mutex> {
  using type = typename Mutex::const_guard_type;
};

// The guard that lock() of `Mutex` returns, and what it is made from.
template <class Mutex>
using guard_of = typename guard_of_mutex<Mutex>::type;
template <class Mutex>
using held_by = held<typename guard_of<Mutex>::mutex_type>;

}  // namespace detail

// Locks all `mutexes` and returns a std::tuple of their guards: `auto [a, b] = lock_all(from,
// to);`. Throws poisoned, with nothing locked, if one of them is.
template <class... Mutexes>
std::tuple<detail::guard_of<Mutexes>...> lock_all(Mutexes&... mutexes) {
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
  return std::tuple<detail::guard_of<Mutexes>...>(detail::held_by<Mutexes>{&mutexes, false}...);
}

// The same for whoever can cope with broken data.
template <class... Mutexes>
std::tuple<detail::guard_of<Mutexes>...> lock_all(even_if_poisoned_t, Mutexes&... mutexes) {
  const detail::any_lock locks[] = {detail::erase_lock(detail::mutex_access::lock_of(mutexes))...};
  detail::lock_several(locks, sizeof...(Mutexes));
  return std::tuple<detail::guard_of<Mutexes>...>(
      detail::held_by<Mutexes>{&mutexes, detail::mutex_access::found_poisoned(mutexes)}...);
}

}  // namespace holdfast
