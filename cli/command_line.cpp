// SPDX-License-Identifier: BSL-1.0
// The words of the command line: as they are, or on Windows from those of UTF-16.
#include "command_line.hpp"

#include <algorithm>

#if defined(_WIN32)
#include "windows_text.hpp"
#endif

namespace cli {

std::vector<std::string> command_line(int argc, char** argv) {
#if defined(_WIN32)
  int count = 0;
  wchar_t** const all = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  if (all != nullptr) {
    std::vector<std::string> words;
    for (int i = 1; i < count; ++i) words.push_back(utf8_of(all[i]));
    ::LocalFree(all);
    return words;
  }
#endif
  return {argv + std::min(argc, 1), argv + argc};
}

}  // namespace cli
