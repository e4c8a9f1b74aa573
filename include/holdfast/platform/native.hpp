// SPDX-License-Identifier: BSL-1.0
// The platform that locks use when nobody names one, and its checked variant.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/platform/ownership.hpp"
#include "holdfast/platform/portable.hpp"

#if defined(__linux__) && !HOLDFAST_PORTABLE
#include "holdfast/platform/linux_kernel.hpp"
#elif defined(_WIN32) && !HOLDFAST_PORTABLE
#include "holdfast/platform/windows.hpp"
#endif

namespace holdfast::platform {

#if defined(__linux__) && !HOLDFAST_PORTABLE
using native = linux_kernel;
#elif defined(_WIN32) && !HOLDFAST_PORTABLE
using native = windows;
#else
using native = portable;
#endif

// `Base` with the misuse checks. A type of its own: a checked and an unchecked half of a program do
// not link.
template <class Base>
struct HOLDFAST_EXPORT [[gnu::abi_tag("holdfast_checked")]] checked : Base, checked_ownership {
  using checked_ownership::about_to_destroy;
  using checked_ownership::about_to_lock;
  using checked_ownership::about_to_unlock;
  using checked_ownership::checks_ownership;
  using checked_ownership::destroyed_while_read;
  using checked_ownership::locked;
  using checked_ownership::locked_by_any;
  using checked_ownership::locked_by_thread;
  using checked_ownership::unlocked_by_thread;
};

#if HOLDFAST_CHECKED
using chosen = checked<native>;
#else
using chosen = native;
#endif

}  // namespace holdfast::platform
