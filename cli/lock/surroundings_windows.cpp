// SPDX-License-Identifier: BSL-1.0
// The surroundings of a command on Windows.
#if defined(_WIN32)

#include "surroundings.hpp"
#include "windows_text.hpp"

namespace cli {

std::optional<std::string> read_environment(const char* name) {
  const std::wstring wide_name = wide_of(name);
  const DWORD size = ::GetEnvironmentVariableW(wide_name.c_str(), nullptr, 0);
  if (size == 0) return std::nullopt;
  std::wstring value(size, L'\0');
  value.resize(::GetEnvironmentVariableW(wide_name.c_str(), value.data(), size));
  return utf8_of(value);
}

void set_environment(const char* name, const std::string& value) {
  ::SetEnvironmentVariableW(wide_of(name).c_str(), wide_of(value).c_str());
}

void clear_environment(const char* name) {
  ::SetEnvironmentVariableW(wide_of(name).c_str(), nullptr);
}

void let_inherit(int /*descriptor*/) noexcept {}

void end_by_interrupt() noexcept {}

}  // namespace cli

#endif
