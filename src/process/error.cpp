// SPDX-License-Identifier: BSL-1.0
// The exception of locks between processes, and the words for what the system says.
#include "holdfast/process/error.hpp"

#include <cerrno>
#include <system_error>

namespace holdfast::process {

const char* name_of(cause why) noexcept {
  switch (why) {
    case cause::exists:
      return "exists";
    case cause::missing:
      return "missing";
    case cause::bad_name:
      return "bad name";
    case cause::no_permission:
      return "no permission";
    case cause::read_only:
      return "read only";
    case cause::no_space:
      return "no space";
    case cause::foreign:
      return "foreign";
    case cause::corrupted:
      return "corrupted";
    case cause::too_old:
      return "too old";
    case cause::too_new:
      return "too new";
    case cause::wrong_kind:
      return "wrong kind";
    case cause::wrong_size:
      return "wrong size";
    case cause::wrong_type:
      return "wrong type";
    case cause::wrong_libc:
      return "wrong libc";
    case cause::other_boot:
      return "other boot";
    case cause::wrong_owner:
      return "wrong owner";
    case cause::too_many_held:
      return "too many held";
    case cause::in_fiber:
      return "in a fiber";
    case cause::would_deadlock:
      return "would deadlock";
    case cause::unsupported:
      return "unsupported";
    case cause::busy:
      return "busy";
    case cause::failed:
      return "failed";
  }
  return "?";
}

error::error(cause why, const std::string& what, int os_error)
    : std::runtime_error(what), why_(why), os_error_(os_error) {}

error::~error() = default;

namespace detail {
namespace {

cause cause_of(int os_error) noexcept {
  switch (os_error) {
    case EACCES:
    case EPERM:
      return cause::no_permission;
    case EROFS:
      return cause::read_only;
    case ENOSPC:
#if defined(EDQUOT)
    case EDQUOT:
#endif
    case EFBIG:
      return cause::no_space;
    case ENOENT:
    case ENOTDIR:
      return cause::missing;
    case EEXIST:
      return cause::exists;
    case ELOOP:
      return cause::foreign;
    case ENOSYS:
    case EOPNOTSUPP:
      return cause::unsupported;
    default:
      return cause::failed;
  }
}

const char* remedy_for(cause why) noexcept {
  switch (why) {
    case cause::no_permission:
      return "Let its owner grant permissions, or choose a directory that this user may write";
    case cause::read_only:
      return "Choose a directory that can be written";
    case cause::no_space:
      return "Make room, or choose another directory";
    case cause::missing:
      return "Make it first, or correct the path";
    case cause::foreign:
      return "A symbolic link is not followed: name the file itself";
    case cause::unsupported:
      return "Choose a directory on another file system, or another engine";
    default:
      return "";
  }
}

}  // namespace

void throw_error(cause why, std::string_view name, std::string_view path, std::string_view what,
                 std::string_view remedy, int os_error) {
  std::string text = "holdfast: ";
  if (!name.empty()) text.append("the lock \"").append(name).append("\" ");
  if (!path.empty())
    text.append(name.empty() ? "" : "(").append(path).append(name.empty() ? " " : ") ");
  text.append(what);
  if (os_error != 0) text.append(": ").append(std::generic_category().message(os_error));
  if (!remedy.empty()) text.append(". ").append(remedy);
  throw error(why, text, os_error);
}

void throw_os_error(int os_error, std::string_view name, std::string_view path,
                    std::string_view what) {
  const cause why = cause_of(os_error);
  throw_error(why, name, path, what, remedy_for(why), os_error);
}

}  // namespace detail
}  // namespace holdfast::process
