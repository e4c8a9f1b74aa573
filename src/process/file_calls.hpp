// SPDX-License-Identifier: BSL-1.0
// An open file by its number: to read, to write, and who may lock the whole of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "process/header.hpp"

namespace holdfast::process::detail {

// All of `size`, however the system divides it. 0, or the errno; ENODATA if the file ends before.
int read_at(int file, std::byte* to, std::size_t size, std::uint64_t place) noexcept;
int write_at(int file, const std::byte* from, std::size_t size, std::uint64_t place) noexcept;

// The lock that stands for the whole file, which belongs to the open file. 0, or the errno:
// EWOULDBLOCK if somebody else has it. Waiting may end early, with EINTR.
int try_whole_file(int file) noexcept;
int wait_for_whole_file(int file) noexcept;
void release_whole_file(int file) noexcept;

// The beginning of a file that is only looked at: as much of it as there is. Nothing if there is no
// file; throws error if it is none of ours, or cannot be read.
struct header_read {
  std::size_t length;
  std::uint64_t file_size;
};
std::optional<header_read> read_header(std::string_view name, const std::string& path,
                                       std::span<std::byte, header_size> to);

// The names in a directory; none if there is no directory. Throws error.
std::vector<std::string> names_in(const std::string& directory);

}  // namespace holdfast::process::detail
