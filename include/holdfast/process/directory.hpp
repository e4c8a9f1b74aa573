// SPDX-License-Identifier: BSL-1.0
// From the name of a lock to the path of its file.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/config.hpp"

namespace holdfast::process {

// The directory of the calling user's locks: $XDG_RUNTIME_DIR/holdfast if that is this user's, else
// /dev/shm/holdfast-UID. Made with mode 0700 if it is missing. Throws error (wrong_owner,
// no_permission) if it is not this user's alone: whoever could write there could break every lock.
// On Windows %LOCALAPPDATA%\holdfast, else %TEMP%\holdfast, with the permissions that it inherits.
HOLDFAST_EXPORT std::string user_directory();

// 1 to 200 bytes, without '/' and control characters, not beginning with '.'; else throws error
// (bad_name). On Windows without any of \ : * ? " < > | too, and there `A` and `a` are one name.
HOLDFAST_EXPORT void check_name(std::string_view name);

// What lies in the directory: data with their lock, or the lock of a command.
enum class file_kind : unsigned { segment = 1, lock_file = 2 };

// DIRECTORY/NAME.segment or DIRECTORY/NAME.lock, in user_directory() if `directory` is empty. Any
// other directory must be there, and is not judged.
HOLDFAST_EXPORT std::string path_of(std::string_view name, file_kind kind,
                                    std::string_view directory = {});

// The suffix of such files, with its dot.
HOLDFAST_EXPORT std::string_view suffix_of(file_kind kind) noexcept;

}  // namespace holdfast::process
