// SPDX-License-Identifier: BSL-1.0
// The private directory of a user, and the rules for names.
#include "holdfast/process/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "holdfast/process/error.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process {
namespace {

constexpr std::size_t longest_name = 200;
constexpr mode_t of_others = S_IRWXG | S_IRWXO;

// Of this user: a directory that somebody else's environment names is no place for it.
bool is_own_directory(const char* path) {
  struct stat found{};
  return path != nullptr && path[0] == '/' && ::stat(path, &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == ::geteuid();
}

void check_private(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0)
    detail::throw_os_error(errno, "", path, "cannot be looked at");
  if (!S_ISDIR(found.st_mode))
    detail::throw_error(cause::foreign, "", path,
                        "should be the directory of the locks and is none",
                        "Remove it, or set XDG_RUNTIME_DIR to a directory of your own");
  if (found.st_uid != ::geteuid())
    detail::throw_error(cause::wrong_owner, "", path,
                        "belongs to the user " + std::to_string(found.st_uid) + ", not to " +
                            std::to_string(::geteuid()),
                        "Set XDG_RUNTIME_DIR to a directory of your own");
  if ((found.st_mode & of_others) != 0)
    detail::throw_error(cause::no_permission, "", path,
                        "is open to other users, who could break the locks in it",
                        "Say chmod 700, or name a shared directory in the options");
}

}  // namespace

std::string user_directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe): as getenv
  const std::string path = is_own_directory(runtime)
                               ? std::string(runtime) + "/holdfast"
                               : "/dev/shm/holdfast-" + std::to_string(::geteuid());
  // Looked at first, as mkdir on a file system that cannot be written says so and not EEXIST.
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 && ::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    detail::throw_os_error(errno, "", path, "cannot be made");
  check_private(path);
  return path;
}

void check_name(std::string_view name) {
  const auto refuse = [&](std::string_view what) {
    detail::throw_error(
        cause::bad_name, detail::readable(name.data(), name.size()), "", what,
        "A name has 1 to 200 bytes, no '/', no control characters and no '.' in front");
  };
  if (name.empty()) refuse("the empty name is no name for a lock");
  if (name.size() > longest_name) refuse("has too long a name");
  if (name.front() == '.') refuse("has a name that begins with '.'");
  for (const char c : name)
    if (c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
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
