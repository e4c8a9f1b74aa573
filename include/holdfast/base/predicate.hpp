// SPDX-License-Identifier: BSL-1.0
// How the mutexes ask whether their data are as somebody waits for them to be.
#pragma once

#include <type_traits>

namespace holdfast::detail {

// Asks a predicate about data that it should only look at.
template <class Predicate, class Value>
bool is_ready(Predicate& ready, Value& value) {
  if constexpr (std::is_invocable_v<Predicate&, const Value&>)
    return static_cast<bool>(ready(static_cast<const Value&>(value)));
  else
    return static_cast<bool>(ready(value));
}

}  // namespace holdfast::detail
