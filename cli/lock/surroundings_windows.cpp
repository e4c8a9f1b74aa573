// SPDX-License-Identifier: BSL-1.0
// The surroundings of a command on Windows.
#if defined(_WIN32)

#include "surroundings.hpp"
#include "windows_text.hpp"

namespace cli {

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
