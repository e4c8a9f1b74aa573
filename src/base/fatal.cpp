// SPDX-License-Identifier: BSL-1.0
// The last words of a program that misuses a lock, and system errors.
#include "holdfast/base/fatal.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

namespace holdfast::detail {

void fatal(const char* kind, const void* address, const char* what, const char* remedy) noexcept {
  // Not %p, which every C library writes its own way.
  std::fprintf(stderr, "holdfast: %s (%s at 0x%llx). %s.\n", what, kind,
               static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(address)), remedy);
  std::fflush(stderr);
  std::abort();
}

void throw_not_owner(const char* call) {
#if HOLDFAST_HAS_EXCEPTIONS
  throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                          std::string("holdfast: ") + call +
                              " through a guard that holds no lock: lock it first, and do not use "
                              "it after a move or an unlock");
#else
  fatal("guard", nullptr, call, "The guard holds no lock: lock it first");
#endif
}

void throw_lock_error(int code, const char* what) {
#if HOLDFAST_HAS_EXCEPTIONS
  throw std::system_error(code, std::generic_category(), what);
#else
  static_cast<void>(code);
  fatal("lock", nullptr, what, "This build has no exceptions to report it by");
#endif
}

}  // namespace holdfast::detail
