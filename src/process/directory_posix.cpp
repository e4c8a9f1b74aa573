// SPDX-License-Identifier: BSL-1.0
// The private directory of a user.
#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "holdfast/process/directory.hpp"
#include "holdfast/process/error.hpp"

namespace holdfast::process {
namespace {

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

}  // namespace holdfast::process

#endif
