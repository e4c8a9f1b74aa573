// SPDX-License-Identifier: BSL-1.0
// Which locks lie in a directory, for whoever shows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/config.hpp"
#include "holdfast/process/directory.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process {

// What the header of data with their lock says. Nobody is asked, so all of it may be old.
struct segment_view {
  std::string path;
  std::string engine;
  std::string type_name;
  std::uint64_t data_size = 0;
  std::uint64_t token = 0;              // of the newest owner
  std::optional<owner_record> owner;    // who is in, or died in it: its dirty mark stands
  std::optional<owner_record> culprit;  // who did not finish, and was not mended
};

struct listed_lock {
  std::string name;
  file_kind kind;
  std::string path;
};

// By name. Files that are called otherwise are not ours. Throws error; nothing is there if there is
// no directory.
HOLDFAST_EXPORT std::vector<listed_lock> list_locks(std::string_view directory = {});

// Nothing if there is no such segment. Throws error for a file that is none.
HOLDFAST_EXPORT std::optional<segment_view> look_at_segment(std::string_view name,
                                                            std::string_view directory = {});

}  // namespace holdfast::process
