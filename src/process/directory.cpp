// SPDX-License-Identifier: BSL-1.0
// From a name to a path, and the rules for names.
#include "holdfast/process/directory.hpp"

#include "holdfast/process/error.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process {
namespace {

constexpr std::size_t longest_name = 200;

#if defined(_WIN32)
constexpr std::string_view never_in_names = "/\\:*?\"<>|";
constexpr const char* remedy =
    "A name has 1 to 200 bytes, none of / \\ : * ? \" < > |, no control characters and no '.' in "
    "front";
#else
constexpr std::string_view never_in_names = "/";
constexpr const char* remedy =
    "A name has 1 to 200 bytes, no '/', no control characters and no '.' in front";
#endif

}  // namespace

void check_name(std::string_view name) {
  const auto refuse = [&](std::string_view what) {
    detail::throw_error(cause::bad_name, detail::readable(name.data(), name.size()), "", what,
                        remedy);
  };
  if (name.empty()) refuse("the empty name is no name for a lock");
  if (name.size() > longest_name) refuse("has too long a name");
  if (name.front() == '.') refuse("has a name that begins with '.'");
  for (const char c : name)
    if (never_in_names.find(c) != std::string_view::npos || static_cast<unsigned char>(c) < 0x20 ||
        c == 0x7F)
      refuse("has a name with a character that no file name should have");
}

std::string_view suffix_of(file_kind kind) noexcept {
  return kind == file_kind::segment ? ".segment" : ".lock";
}

std::string path_of(std::string_view name, file_kind kind, std::string_view directory) {
  check_name(name);
  std::string path = directory.empty() ? user_directory() : std::string(directory);
  path.append("/").append(name).append(suffix_of(kind));
  return path;
}

}  // namespace holdfast::process
