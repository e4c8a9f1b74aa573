// SPDX-License-Identifier: BSL-1.0
// How a mutex between processes is opened: what is said beside its name.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::process {

// Whether it has to be there. The default is open_or_create.
enum class opening : std::uint8_t {
  open_or_create,
  open_only,  // error (missing) if it is not there
  exclusive,  // error (exists) if it is
};
inline constexpr opening open_or_create = opening::open_or_create;
inline constexpr opening open_only = opening::open_only;
inline constexpr opening exclusive = opening::exclusive;

// What keeps others out. All programs must name the same. (docs/guide/processes.md says which when.)
// On Windows the first two are one: a named mutex of the system keeps others out, the data are mapped.
enum class engine : std::uint8_t {
  shared_memory = 1,  // lock and data in memory that is mapped; the kernel is asked only to wait
  kernel = 2,         // the kernel has the lock, by flock; the data are mapped
  file = 3,           // lock and data of a file that is read and written, nothing is mapped
};

// The bits of chmod. More than the owner's also says that files of other users, and files that
// others may write, are taken: all who may write one must trust each other. Default 0600. On Windows
// more than the owner's is refused (unsupported): a file there has the permissions of its directory.
struct permissions {
  unsigned bits;
};

// What the others are told this process is, if it dies as the owner. Up to 63 bytes.
struct label {
  std::string_view text;
};

// Where the file lies, if not in user_directory().
struct in_directory {
  std::string_view path;
};

// The data are kept twice: an owner works on a copy, which counts only when it has released the lock
// without an exception. What the next owner finds is always a value that somebody finished with.
struct double_buffered_t {
  explicit double_buffered_t() = default;
};
inline constexpr double_buffered_t double_buffered{};

struct options {
  opening how = opening::open_or_create;
  process::engine engine = process::engine::shared_memory;
  unsigned permission_bits = 0600;
  bool twice = false;
  std::string_view label_text;
  std::string_view directory;

  constexpr void set(opening value) noexcept { how = value; }
  constexpr void set(process::engine value) noexcept { engine = value; }
  constexpr void set(permissions value) noexcept { permission_bits = value.bits; }
  constexpr void set(label value) noexcept { label_text = value.text; }
  constexpr void set(in_directory value) noexcept { directory = value.path; }
  constexpr void set(double_buffered_t) noexcept { twice = true; }
  constexpr void set(const options& all) noexcept { *this = all; }
};

template <class Option>
concept option = requires(options& all, const Option& one) { all.set(one); };

}  // namespace holdfast::process
