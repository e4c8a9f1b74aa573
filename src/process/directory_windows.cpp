// SPDX-License-Identifier: BSL-1.0
// The private directory of a user of Windows, below that of their applications' data.
#if defined(_WIN32)

#include "holdfast/process/directory.hpp"
#include "holdfast/process/error.hpp"

#include "process/windows_calls.hpp"

namespace holdfast::process {
namespace {

// Empty if there is none.
std::wstring place_of_user() {
  for (const wchar_t* name : {L"LOCALAPPDATA", L"TEMP"}) {
    std::wstring value(32768, L'\0');
    const DWORD length =
        ::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size()));
    value.resize(length < value.size() ? length : 0);
    const DWORD kind =
        value.empty() ? INVALID_FILE_ATTRIBUTES : ::GetFileAttributesW(value.c_str());
    if (kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_DIRECTORY) != 0) return value;
  }
  return {};
}

}  // namespace

// Who may use it is what it inherits from the directory around it.
std::string user_directory() {
  const std::wstring place = place_of_user();
  if (place.empty())
    detail::throw_error(cause::missing, "", "", "found no directory of this user",
                        "Set LOCALAPPDATA to one, or name a directory in the options");
  const std::wstring path = place + L"\\holdfast";
  const std::string name = detail::narrow(path.c_str());
  if (::CreateDirectoryW(path.c_str(), nullptr) == 0 && ::GetLastError() != ERROR_ALREADY_EXISTS)
    detail::throw_os_error(detail::last_errno(), "", name, "cannot be made");
  const DWORD kind = ::GetFileAttributesW(path.c_str());
  constexpr DWORD leads_elsewhere = FILE_ATTRIBUTE_REPARSE_POINT;
  if (kind == INVALID_FILE_ATTRIBUTES || (kind & FILE_ATTRIBUTE_DIRECTORY) == 0 ||
      (kind & leads_elsewhere) != 0)
    detail::throw_error(cause::foreign, "", name,
                        "should be the directory of the locks and is none",
                        "Remove it, or set LOCALAPPDATA to a directory of your own");
  return name;
}

}  // namespace holdfast::process

#endif
