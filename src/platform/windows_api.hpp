// SPDX-License-Identifier: BSL-1.0
// <windows.h> as the library includes it, and a call of it that leaves the caller's last error alone.
#pragma once

#if defined(_WIN32)

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#if !defined(_WIN32_WINNT) || _WIN32_WINNT < 0x0602
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0602  // Windows 8: WaitOnAddress
#endif
#include <windows.h>

namespace holdfast::platform {

class last_error_kept {
 public:
  last_error_kept() noexcept = default;
  last_error_kept(const last_error_kept&) = delete;
  last_error_kept& operator=(const last_error_kept&) = delete;
  ~last_error_kept() { ::SetLastError(error_); }

 private:
  DWORD error_ = ::GetLastError();
};

}  // namespace holdfast::platform

#endif
