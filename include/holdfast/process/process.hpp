// SPDX-License-Identifier: BSL-1.0
// A mutex by its name: shared with every process that opens it.
#pragma once

#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "holdfast/base/poison.hpp"
#include "holdfast/process/error.hpp"
#include "holdfast/process/mutex.hpp"
#include "holdfast/process/options.hpp"
#include "holdfast/process/poisoned.hpp"

namespace holdfast::process {

// The data of a mutex that is new; T() if nothing is said. An option like those of options.hpp.
template <class Value>
struct initially {
  Value value;
};
template <class Value>
initially(Value) -> initially<Value>;

namespace detail {

template <class Option>
inline constexpr bool is_initial = false;
template <class Value>
inline constexpr bool is_initial<initially<Value>> = true;

template <class T, class Option>
concept opens =
    option<Option> || (is_initial<Option> && requires(const Option& first) { T(first.value); });

inline void choose(options& all, const auto& one) {
  if constexpr (option<std::remove_cvref_t<decltype(one)>>) all.set(one);
}

// Makes the first value from the option that says so.
template <class T, class... Options>
struct first_value {
  static void make(void* context, void* place) {
    if constexpr ((is_initial<Options> || ...)) {
      const auto from = [&](const auto& one) {
        if constexpr (is_initial<std::remove_cvref_t<decltype(one)>>) ::new (place) T(one.value);
      };
      static_cast<first_value*>(context)->for_each(from);
    } else {
      ::new (place) T();
    }
  }

  template <class F>
  void for_each(F f) const {
    std::apply([&](const auto*... each) { (f(*each), ...); }, all);
  }

  std::tuple<const Options*...> all;
};

template <class T, class... Options>
access* open_access(std::string_view name, bool for_readers, const Options&... how) {
  options all;
  (choose(all, how), ...);
  first_value<T, Options...> first{{&how...}};
  const type_facts type{sizeof(T),
                        alignof(T),
                        holdfast::detail::name_of<T>(),
                        shared_type_name<T>,
                        std::is_trivially_copyable_v<T> && std::is_copy_assignable_v<T>,
                        first_value<T, Options...>::make,
                        &first,
                        for_readers};
  return access::open(name, all, type);
}

}  // namespace detail

// Opens the mutex `name` of a T, or makes it; `how` are options, in any order. It is there complete or
// not at all, however many processes make it at once and whichever of them die. A file that is not
// what was asked for is refused and left untouched. Throws error.
template <class T, class... Options>
  requires(detail::opens<T, Options> && ...)
[[nodiscard]] mutex<T> open(std::string_view name, const Options&... how) {
  static_assert(detail::require_shareable<T>::value);
  return mutex<T>(detail::open_access<T>(name, false, how...));
}

}  // namespace holdfast::process
