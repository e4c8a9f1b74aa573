// SPDX-License-Identifier: BSL-1.0
// Finds the exception globals of the calling thread.
#include "holdfast/platform/exception_state.hpp"

#if HOLDFAST_HAS_EXCEPTIONS

// As in the ABI; libc++abi keeps its own declaration private.
// NOLINTNEXTLINE(readability-identifier-naming): the name in the ABI
extern "C" void* __cxa_get_globals() noexcept;

namespace holdfast::platform {

thread_local constinit exception_globals* this_threads_exceptions = nullptr;

exception_globals* find_exception_globals() noexcept {
  // Both libstdc++ and libc++abi lay the globals out as the ABI says; the count is behind one
  // pointer.
  this_threads_exceptions = static_cast<exception_globals*>(__cxa_get_globals());
  return this_threads_exceptions;
}

}  // namespace holdfast::platform

#endif
