// SPDX-License-Identifier: BSL-1.0
// Locks of bytes by LockFileEx: they belong to the handle and its process, and end with either. Who
// waits looks again, as a wait in the kernel would keep this handle from everything else.
#if defined(_WIN32)

#include "process/byte_lock.hpp"
#include "process/windows_calls.hpp"

namespace holdfast::process::detail {
namespace {

// Who only looks has the byte for some microseconds: so often, a millisecond apart, it is tried and looked
// at before it is somebody's. (2026-11-30)
constexpr int tries = 3;
constexpr DWORD pause_ms = 1;

int lock_now(int file, std::uint64_t place, byte_use use) noexcept {
  OVERLAPPED where{};
  where.Offset = static_cast<DWORD>(place);
  where.OffsetHigh = static_cast<DWORD>(place >> 32U);
  const DWORD how =
      LOCKFILE_FAIL_IMMEDIATELY | (use == byte_use::write ? LOCKFILE_EXCLUSIVE_LOCK : 0U);
  return ::LockFileEx(handle_of(file), how, 0, 1, 0, &where) != 0 ? 0 : last_errno();
}

}  // namespace

int try_byte(int file, std::uint64_t place, byte_use use) noexcept {
  int refused = lock_now(file, place, use);
  for (int i = 1; i < tries && refused == EAGAIN; ++i) {
    ::Sleep(pause_ms);
    refused = lock_now(file, place, use);
  }
  return refused;
}

int wait_for_byte(int file, std::uint64_t place, byte_use use, const deadline& until) noexcept {
  for (;;) {
    const int refused = lock_now(file, place, use);
    if (refused != EAGAIN) return refused;
    if (until.has_passed()) return ETIMEDOUT;
    ::Sleep(pause_ms);
  }
}

void release_byte(int file, std::uint64_t place) noexcept {
  OVERLAPPED where{};
  where.Offset = static_cast<DWORD>(place);
  where.OffsetHigh = static_cast<DWORD>(place >> 32U);
  ::UnlockFileEx(handle_of(file), 0, 1, 0, &where);
}

byte_use use_by_others(int file, std::uint64_t place) noexcept {
  byte_use seen = byte_use::write;
  for (int i = 0; i < tries; ++i) {
    if (i != 0) ::Sleep(pause_ms);
    for (const byte_use use : {byte_use::write, byte_use::read}) {
      if (lock_now(file, place, use) != 0) continue;
      release_byte(file, place);
      if (use == byte_use::write) return byte_use::none;
      seen = byte_use::read;  // if not of somebody who only looks
    }
  }
  return seen;
}

}  // namespace holdfast::process::detail

#endif
