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
#include "process/publication.hpp"

namespace holdfast::process::detail {

// All of `size`, however the system divides it. 0, or the errno; ENODATA if the file ends before.
int read_at(int file, std::byte* to, std::size_t size, std::uint64_t place) noexcept;
int write_at(int file, const std::byte* from, std::size_t size, std::uint64_t place) noexcept;

// The lock that stands for the whole file, which belongs to the open file. 0, or the errno:
// EWOULDBLOCK if somebody else has it. Waiting may end early, with EINTR.
int try_whole_file(int file) noexcept;
int wait_for_whole_file(int file) noexcept;
void release_whole_file(int file) noexcept;

// The same file under a number that is none of a standard stream's: where one of those was closed, a
// command that inherits it would take the lock for its input or output.
int not_a_standard_stream(file_handle file) noexcept;

// Whether the path leads to this open file, and not to one that was made since.
bool leads_to(const std::string& path, int file) noexcept;

// 0, or the errno. Where no file can be removed that is open, closes it first; then `file` is -1.
int remove_file(const std::string& path, int& file) noexcept;

void sleep_or_signal(std::int64_t nanoseconds) noexcept;

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
