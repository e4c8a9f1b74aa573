// SPDX-License-Identifier: BSL-1.0
// From a name to a path, and the rules for names.
#include "holdfast/process/directory.hpp"

#include <algorithm>

#include "holdfast/process/error.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process {
namespace {

constexpr std::size_t longest_name = 200;

#if defined(_WIN32)
constexpr std::string_view never_in_names = "/\\:*?\"<>|";
constexpr const char* remedy =
    "A name has 1 to 200 bytes, none of / \\ : * ? \" < > |, no control characters and no '.' in "
    "front, and is not that of a device, as con, nul and com1 are";

// Of Windows, whatever stands behind a dot, and whatever the case.
bool is_device(std::string_view name) noexcept {
  std::string_view first = name.substr(0, name.find('.'));
  first = first.substr(0, first.find_last_not_of(' ') + 1);
  const bool is_numbered = first.size() == 4 && first.back() >= '0' && first.back() <= '9';
  if (is_numbered) first.remove_suffix(1);
  const auto is = [&](std::string_view device) {
    const auto same = [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    };
    return std::equal(first.begin(), first.end(), device.begin(), device.end(), same);
  };
  if (is_numbered) return is("com") || is("lpt");
  return is("con") || is("prn") || is("aux") || is("nul") || is("conin$") || is("conout$");
}
#else
constexpr bool is_device(std::string_view) noexcept { return false; }
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
  if (is_device(name)) refuse("has the name of a device");
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
