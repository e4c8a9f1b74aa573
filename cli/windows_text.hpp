// SPDX-License-Identifier: BSL-1.0
// Between our texts, which are UTF-8, and those of Windows.
#pragma once

#if defined(_WIN32)

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <string>
#include <string_view>

namespace cli {

inline std::wstring wide_of(std::string_view text) {
  const int length = static_cast<int>(text.size());
  std::wstring result(text.size(), L'\0');  // no text has more units in UTF-16
  const int size = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), length, result.data(), length);
  result.resize(static_cast<std::size_t>(size));
  return result;
}

inline std::string utf8_of(std::wstring_view text) {
  const int length = static_cast<int>(text.size());
  std::string result(3 * text.size(), '\0');
  const int size = ::WideCharToMultiByte(CP_UTF8, 0, text.data(), length, result.data(),
                                         static_cast<int>(result.size()), nullptr, nullptr);
  result.resize(static_cast<std::size_t>(size));
  return result;
}

}  // namespace cli

#endif
