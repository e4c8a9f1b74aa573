// SPDX-License-Identifier: BSL-1.0
// Reading and writing parts of a lock file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "holdfast/process/error.hpp"
#include "holdfast/process/lock_file.hpp"

#include "process/byte_lock.hpp"
#include "process/file_calls.hpp"
#include "process/lock_file_layout.hpp"

namespace holdfast::process::detail {

template <class T>
T read_part(const lock_file& lock, std::uint64_t place) {
  static_assert(std::is_trivially_copyable_v<T>);
  T part;
  if (const int refused =
          read_at(lock.descriptor(), reinterpret_cast<std::byte*>(&part), sizeof part, place))
    throw_os_error(refused, "", lock.path(), "cannot be read");
  return part;
}

template <class T>
void write_part(const lock_file& lock, std::uint64_t place, const T& part) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (const int refused = write_at(lock.descriptor(), reinterpret_cast<const std::byte*>(&part),
                                   sizeof part, place))
    throw_os_error(refused, "", lock.path(), "cannot be written");
}

// The right to change marks for one who is not alone; held for some system calls only, so a deadline
// is not asked for.
class marks_guard {
 public:
  marks_guard(const lock_file& lock, bool is_needed) : file_(is_needed ? lock.descriptor() : -1) {
    if (file_ < 0) return;
    if (const int refused = wait_for_byte(file_, marks_byte, byte_use::write, deadline::never()))
      throw_os_error(refused, "", lock.path(), "cannot be locked");
  }
  marks_guard(const marks_guard&) = delete;
  marks_guard& operator=(const marks_guard&) = delete;
  ~marks_guard() {
    if (file_ >= 0) release_byte(file_, marks_byte);
  }

 private:
  int file_;
};

}  // namespace holdfast::process::detail
