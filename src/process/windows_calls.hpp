// SPDX-License-Identifier: BSL-1.0
// What all parts for Windows need of it: its header, its words as ours, its handles as numbers.
#pragma once

#if defined(_WIN32)

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/base/deadline.hpp"

#include "platform/windows_api.hpp"

namespace holdfast::process::detail {

// A handle of Windows has 32 significant bits, sign-extended, as it promises for programs of both
// word sizes; INVALID_HANDLE_VALUE is -1. So an open file is an int here too.
inline HANDLE handle_of(int number) noexcept {
  return reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(number));
}
inline int number_of(HANDLE handle) noexcept {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(handle));
}

// Paths and names are UTF-8 with us and UTF-16 there. An empty text for what is not UTF-8.
std::wstring wide(std::string_view text);
std::string narrow(const wchar_t* text);

// What GetLastError says, as the errno that POSIX has for it.
int last_errno() noexcept;
int errno_for(DWORD code) noexcept;

// The milliseconds until then, rounded up; INFINITE if that is never.
DWORD milliseconds_until(const deadline& until) noexcept;

}  // namespace holdfast::process::detail

#endif
