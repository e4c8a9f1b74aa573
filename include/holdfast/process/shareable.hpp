// SPDX-License-Identifier: BSL-1.0
// What data may be shared between processes, as far as the language can see.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace holdfast::process {

namespace detail {

// Stands for one scalar member of an aggregate, of any type.
struct any_scalar {
  template <class Member>
    requires std::is_scalar_v<Member>
  operator Member() const noexcept;
};

// The same for pointers alone.
struct any_pointer {
  template <class Member>
    requires(std::is_pointer_v<Member> || std::is_member_pointer_v<Member> ||
             std::is_null_pointer_v<Member>)
  operator Member() const noexcept;
};

template <std::size_t>
using scalar_at = any_scalar;

// Whether T may be made from `Before...` scalars, of which the next may be what `Last` stands for.
template <class T, class Last, class Before>
inline constexpr bool takes = false;
template <class T, class Last, std::size_t... Before>
inline constexpr bool takes<T, Last, std::index_sequence<Before...>> =
    requires { T{scalar_at<Before>{}..., Last{}}; };

// Members beyond these are not looked at: the time to compile grows with their square.
inline constexpr std::size_t members_looked_at = 24;

template <class T, std::size_t At = 0>
consteval bool has_pointer_member() {
  if constexpr (!std::is_aggregate_v<T> || At == members_looked_at)
    return false;
  else if constexpr (takes<T, any_pointer, std::make_index_sequence<At>>)
    return true;
  else if constexpr (takes<T, any_scalar, std::make_index_sequence<At>>)
    return has_pointer_member<T, At + 1>();
  else
    return false;
}

template <class T>
inline constexpr bool is_plain_object =
    std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T> && !std::is_array_v<T>;

template <class T>
inline constexpr bool is_address =
    std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T>;

// Other processes map a segment at pages.
inline constexpr std::size_t largest_alignment = 4096;

template <class T>
consteval bool looks_shareable() {
  if constexpr (is_plain_object<T>)
    return std::is_trivially_copyable_v<T> && std::is_copy_assignable_v<T> &&
           alignof(T) <= largest_alignment && !is_address<T> && !std::is_polymorphic_v<T> &&
           !has_pointer_member<T>();
  else
    return false;
}

}  // namespace detail

// Whether a T means the same in every process. By default: an object that is copied by its bytes, is
// no address and, as far as can be seen, has none in it. The members of aggregates are looked at, in
// order, up to the first that is a class with constructors; what such a class has inside is not seen:
// a string_view passes.
//
// Specialise it for a type of yours: with `false` if it holds an address that is not seen, and with
// `true` if it may be shared all the same. It is never destroyed, and then it must have been made to
// lie in shared memory, like process::condition.
template <class T>
inline constexpr bool enable_shareable = detail::looks_shareable<T>();

template <class T>
concept shareable = enable_shareable<T>;

// The name of a type for all programs that share it. By default that which the compiler writes, and
// compilers differ for some: specialise it, also to tell two layouts apart that have one size.
template <class T>
inline constexpr const char* shared_type_name = nullptr;

namespace detail {

// Says in the compiler's error what is wrong.
template <class T>
struct require_shareable {
  static_assert(detail::is_plain_object<T>,
                "processes can share objects alone: no references, functions, const types or "
                "built-in arrays (use std::array)");
  static_assert(enable_shareable<T> || !detail::is_address<T>,
                "processes cannot share a pointer: it leads elsewhere, or nowhere, in every other "
                "process. Share an index or an offset");
  static_assert(enable_shareable<T> || !std::is_polymorphic_v<T>,
                "processes cannot share an object with virtual functions: the pointer to its table "
                "leads elsewhere in every other process");
  static_assert(
      enable_shareable<T> || std::is_polymorphic_v<T> || std::is_trivially_copyable_v<T>,
      "processes share bytes: T must be trivially copyable. What owns memory (a string, a "
      "vector) keeps it in its own process: use std::array");
  static_assert(enable_shareable<T> || std::is_polymorphic_v<T> ||
                    !std::is_trivially_copyable_v<T> || std::is_copy_assignable_v<T>,
                "processes cannot share an object with a reference or a const member. If it "
                "may not be copied because it is made to lie in shared memory, like a "
                "process::condition, specialise holdfast::process::enable_shareable<T>");
  static_assert(enable_shareable<T> || !detail::has_pointer_member<T>(),
                "processes cannot share an object with a pointer in it: it leads elsewhere, or "
                "nowhere, in every other process. Share an index or an offset, or specialise "
                "holdfast::process::enable_shareable<T> if it is never used");
  static_assert(alignof(T) <= detail::largest_alignment,
                "processes cannot share an object that is aligned to more than a page");
  static constexpr bool value = enable_shareable<T>;
  static_assert(value, "holdfast::process::enable_shareable<T> is false");
};

}  // namespace detail

}  // namespace holdfast::process
