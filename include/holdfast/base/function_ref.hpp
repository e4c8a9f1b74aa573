// SPDX-License-Identifier: BSL-1.0
// A reference to something callable, so that a template in a header can call one compiled function.
#pragma once

#include <type_traits>

namespace holdfast::detail {

template <class Signature>
class function_ref;

// Does not own what it refers to: take it as a parameter, never keep it.
template <class Result, class... Arguments>
class function_ref<Result(Arguments...)> {
 public:
  template <class Function>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, function_ref> &&
             std::is_object_v<std::remove_reference_t<Function>> &&
             std::is_invocable_r_v<Result, Function&, Arguments...>)
  function_ref(Function&& function) noexcept
      : object_(const_cast<void*>(static_cast<const void*>(__builtin_addressof(function)))),
        call_([](void* object, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Function>*>(object))(
              static_cast<Arguments&&>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(object_, static_cast<Arguments&&>(arguments)...);
  }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

}  // namespace holdfast::detail
