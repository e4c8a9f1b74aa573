// SPDX-License-Identifier: BSL-1.0
// A guard for a part of the data.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/guard.hpp"

namespace holdfast {

namespace detail {

// The address of the part of what `whole` guards. If `part_of` throws, `whole` is unlocked.
template <class Guard, class PartOf>
auto* part_of_guarded(Guard& whole, PartOf&& part_of) {
  if constexpr (std::is_member_object_pointer_v<std::remove_cvref_t<PartOf>>) {
    return __builtin_addressof((*whole).*part_of);
  } else {
    static_assert(
        std::is_lvalue_reference_v<std::invoke_result_t<PartOf, typename Guard::value_type&>>,
        "the function given to holdfast::project must return a reference to a part of the data");
    // Its own scope: an exception ends it at once, whatever the caller does with `whole`.
    struct ended_by_exception {
      Guard& owner;
      bool done = false;
      ~ended_by_exception() {
        if (!done) owner.unlock();
      }
    } at_end{whole};
    auto* const part = [&] {
      if constexpr (std::is_member_function_pointer_v<std::remove_cvref_t<PartOf>>)
        return __builtin_addressof(((*whole).*part_of)());
      else
        return __builtin_addressof(std::forward<PartOf>(part_of)(*whole));
    }();
    at_end.done = true;
    return part;
  }
}

}  // namespace detail

// The guard of a part of what `whole` guards: `part_of` is a pointer to a data member, or a
// callable that takes the data and returns a reference to the part. The lock stays held until the
// new guard ends; `whole` is empty then. If `part_of` throws, the mutex is poisoned and unlocked.
template <class Mutex, class Whole, class PartOf>
auto project(guard<Mutex, Whole>&& whole, PartOf&& part_of) {
  auto* const part = detail::part_of_guarded(whole, std::forward<PartOf>(part_of));
  return detail::mutex_access::narrow(whole, part);
}

}  // namespace holdfast
