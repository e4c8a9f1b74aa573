// SPDX-License-Identifier: BSL-1.0
// Whether an exception is unwinding this thread, at the price of one load.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/thread_local_read.hpp"

namespace holdfast::platform {

// std::uncaught_exceptions() asks the ABI for the thread's exception globals and reads a count
// there. Asking costs, reading does not: so each thread keeps the address. (Itanium C++ ABI, Level
// II, 2.2.2.)
struct exception_globals {
  void* caught;
  unsigned int uncaught;

  bool any() const noexcept { return (reinterpret_cast<std::uintptr_t>(caught) | uncaught) != 0; }
};

#if HOLDFAST_HAS_EXCEPTIONS

// Sealed as initial-exec: one load relative to the thread pointer, in a shared library too.
HOLDFAST_EXPORT extern thread_local constinit exception_globals* this_threads_exceptions
    [[gnu::tls_model("initial-exec")]];

HOLDFAST_EXPORT HOLDFAST_COLD exception_globals* find_exception_globals() noexcept;

// The same as std::uncaught_exceptions().
HOLDFAST_READS_THREAD_LOCAL unsigned int uncaught_exceptions() noexcept {
  const exception_globals* globals = this_threads_exceptions;
  if (globals == nullptr) [[unlikely]]
    globals = find_exception_globals();
  return globals->uncaught;
}

#endif

}  // namespace holdfast::platform
