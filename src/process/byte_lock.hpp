// SPDX-License-Identifier: BSL-1.0
// Locks of the kernel on single bytes of an open file, which belong to the descriptor and those who
// inherit it (F_OFD_SETLK of Linux).
#pragma once

#if !defined(_WIN32)
#include <fcntl.h>
#endif

#include <cerrno>
#include <cstdint>

#include "holdfast/base/deadline.hpp"

namespace holdfast::process::detail {

#if defined(_WIN32)

enum class byte_use : short { read, write, none };

int try_byte(int file, std::uint64_t place, byte_use use) noexcept;
int wait_for_byte(int file, std::uint64_t place, byte_use use, const deadline& until) noexcept;
void release_byte(int file, std::uint64_t place) noexcept;
byte_use use_by_others(int file, std::uint64_t place) noexcept;  // of any handle, also this one

#else

enum class byte_use : short { read = F_RDLCK, write = F_WRLCK, none = F_UNLCK };

inline struct flock byte_request(std::uint64_t place, byte_use use) noexcept {
  struct flock request{};
  request.l_type = static_cast<short>(use);
  request.l_whence = SEEK_SET;
  request.l_start = static_cast<off_t>(place);
  request.l_len = 1;
  return request;
}

// 0, or why not: EAGAIN if somebody else has it.
inline int try_byte(int file, std::uint64_t place, byte_use use) noexcept {
  struct flock request = byte_request(place, use);
  if (::fcntl(file, F_OFD_SETLK, &request) == 0) return 0;
  return errno == EACCES ? EAGAIN : errno;
}

// 0, or ETIMEDOUT when the deadline has passed; it is looked at when a signal interrupts.
inline int wait_for_byte(int file, std::uint64_t place, byte_use use,
                         const deadline& until) noexcept {
  struct flock request = byte_request(place, use);
  while (::fcntl(file, F_OFD_SETLKW, &request) != 0) {
    if (errno != EINTR) return errno;
    if (until.has_passed()) return ETIMEDOUT;
  }
  return 0;
}

inline void release_byte(int file, std::uint64_t place) noexcept {
  struct flock request = byte_request(place, byte_use::none);
  ::fcntl(file, F_OFD_SETLK, &request);
}

// How others, who do not share this descriptor, have it.
inline byte_use use_by_others(int file, std::uint64_t place) noexcept {
  struct flock request = byte_request(place, byte_use::write);
  if (::fcntl(file, F_OFD_GETLK, &request) != 0) return byte_use::none;
  return static_cast<byte_use>(request.l_type);
}

#endif

}  // namespace holdfast::process::detail
