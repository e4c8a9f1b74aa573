// SPDX-License-Identifier: BSL-1.0
// What lies in a segment of its own and sees to itself: a semaphore or a condition, by its name.
#pragma once

#include <string_view>

#include "holdfast/base/config.hpp"
#include "holdfast/process/access.hpp"
#include "holdfast/process/options.hpp"

namespace holdfast::process {

// Used like a pointer to a T. May be copied, and given to other threads and to the children of a fork:
// what it leads to stays for as long as the process runs, and in its file for others.
template <class T>
class named {
 public:
  explicit named(void* object) noexcept : object_(static_cast<T*>(object)) {}

  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

 private:
  T* object_;
};

namespace detail {

// Where the object is that `type` describes; made if it is new. Throws error.
HOLDFAST_EXPORT void* open_object(std::string_view name, const options& how,
                                  const type_facts& type);

// Of a T that is made from `context`.
template <class T>
type_facts facts_of_object(void (*make)(void* context, void* place), void* context) noexcept {
  return {sizeof(T), alignof(T), holdfast::detail::name_of<T>(), nullptr, false, make, context};
}

}  // namespace detail

}  // namespace holdfast::process
