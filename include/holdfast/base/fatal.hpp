// SPDX-License-Identifier: BSL-1.0
// The one place where the library ends the program or throws, for what cannot be reported
// otherwise.
#pragma once

#include "holdfast/base/config.hpp"

namespace holdfast::detail {

// Writes "holdfast: <what> (<kind> at <address>). <remedy>" to stderr and aborts. For misuse found
// by a checked build.
[[noreturn]] HOLDFAST_EXPORT void fatal(const char* kind, const void* address, const char* what,
                                        const char* remedy) noexcept;

// Throws std::system_error (operation_not_permitted): `call` was made through a guard that holds no
// lock.
[[noreturn]] HOLDFAST_EXPORT void throw_not_owner(const char* call);

// Throws std::system_error with the errno value `code` and `what`; ends the program where
// exceptions are off.
[[noreturn]] HOLDFAST_EXPORT void throw_lock_error(int code, const char* what);

}  // namespace holdfast::detail
