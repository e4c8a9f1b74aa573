// SPDX-License-Identifier: BSL-1.0
// Names std::stop_token without including <stop_token>, which costs more compile time than the rest
// of holdfast.
#pragma once

#include <version>

// Whoever has a stop_token to pass has included <stop_token>; until then a declaration is enough.
// The two standard libraries of Linux are declared the way they declare themselves; any other is
// included (docs/decisions/0004).
#if defined(_LIBCPP_VERSION)
_LIBCPP_BEGIN_NAMESPACE_STD
class stop_token;
template <class Callback>
class stop_callback;
_LIBCPP_END_NAMESPACE_STD
#elif defined(__GLIBCXX__)
// clang-format off
namespace std _GLIBCXX_VISIBILITY(default) {
_GLIBCXX_BEGIN_NAMESPACE_VERSION
class stop_token;
template <typename Callback>
class stop_callback;
_GLIBCXX_END_NAMESPACE_VERSION
}  // namespace std
// clang-format on
#else
#include <stop_token>
#endif

#include <type_traits>

namespace holdfast {

template <class S>
concept stop_token_like = std::is_same_v<S, std::stop_token>;

}  // namespace holdfast
