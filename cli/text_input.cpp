// SPDX-License-Identifier: BSL-1.0
// Reading files.
#include "text_input.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "output.hpp"

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>

#include "windows_text.hpp"
#endif

namespace cli {
namespace {

namespace fs = std::filesystem;

struct close_file {
  void operator()(std::FILE* file) const noexcept {
    if (file != stdin) static_cast<void>(std::fclose(file));
  }
};
using open_file = std::unique_ptr<std::FILE, close_file>;

std::string last_error() { return std::generic_category().message(errno); }

// All bytes as they are: on Windows by a name in UTF-8, and not as text, which byte 0x1A would end.
std::FILE* open_bytes(const std::string& name) {
#if defined(_WIN32)
  if (name != standard_input) return ::_wfopen(wide_of(name).c_str(), L"rb");
  ::_setmode(::_fileno(stdin), _O_BINARY);
  return stdin;
#else
  return name == standard_input ? stdin : std::fopen(name.c_str(), "rb");
#endif
}

// Reads to the end of `source`. Returns what is wrong with it, or "".
std::string read_all(std::FILE* source, std::string& bytes) {
  char part[65536];
  while (const std::size_t size = std::fread(part, 1, sizeof part, source)) {
    const std::string_view fresh(part, size);
    const std::size_t nul = fresh.find('\0');
    if (nul != std::string_view::npos)
      return fmt::format("binary, not text (a NUL byte at offset {})", bytes.size() + nul);
    if (bytes.size() + size > text_bytes_at_most)
      return fmt::format("larger than {} bytes", grouped(text_bytes_at_most));
    bytes += fresh;
  }
  return std::ferror(source) != 0 ? last_error() : "";
}

}  // namespace

text_input read_text(const std::string& name) {
  text_input result{name, "", ""};
  const open_file source(open_bytes(name));
  result.problem = source ? read_all(source.get(), result.bytes) : last_error();
  if (!result.problem.empty()) result.bytes.clear();
  return result;
}

std::vector<std::string> licence_texts() {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator each(licence_folder, error), end; !error && each != end;
       each.increment(error)) {
    std::error_code no_target;
    const fs::path target = fs::canonical(each->path(), no_target);
    if (!no_target && fs::is_regular_file(target, no_target)) names.insert(target.string());
  }
  return {names.begin(), names.end()};
}

}  // namespace cli
