// SPDX-License-Identifier: BSL-1.0
// The slim reader/writer lock.
#if defined(_WIN32)

#include <cerrno>

#include "holdfast/platform/native_mutex.hpp"

#include "platform/try_until.hpp"
#include "platform/windows_api.hpp"

namespace holdfast::platform {

static_assert(sizeof(native_mutex) == sizeof(SRWLOCK) && alignof(native_mutex) == alignof(SRWLOCK));

int native_mutex::lock() noexcept {
  ::AcquireSRWLockExclusive(handle());
  return 0;
}

int native_mutex::try_lock() noexcept {
  return ::TryAcquireSRWLockExclusive(handle()) != 0 ? 0 : EBUSY;
}

int native_mutex::unlock() noexcept {
  ::ReleaseSRWLockExclusive(handle());
  return 0;
}

void native_mutex::lock_shared() noexcept { ::AcquireSRWLockShared(handle()); }
bool native_mutex::try_lock_shared() noexcept { return ::TryAcquireSRWLockShared(handle()) != 0; }
void native_mutex::unlock_shared() noexcept { ::ReleaseSRWLockShared(handle()); }

int native_mutex::lock_until(const deadline& until) noexcept {
  if (until.is_never()) return lock();
  // A nap of 1 ms lasts until the system's next tick, up to 16 ms.
  return try_until(*this, until, [] { ::Sleep(1); });
}

}  // namespace holdfast::platform

#endif
