// SPDX-License-Identifier: BSL-1.0
// The slim reader/writer lock.
#if defined(_WIN32)

#include <cerrno>

#include "holdfast/platform/clock.hpp"
#include "holdfast/platform/cpu.hpp"
#include "holdfast/platform/native_mutex.hpp"

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
  // Others may be about to unlock; later a nap costs less. One of 1 ms lasts until the system's next
  // tick, up to 16 ms.
  constexpr std::int64_t awake_ns = 50'000;
  const std::int64_t nap_after = monotonic_now() + awake_ns;
  for (;;) {
    if (try_lock() == 0) return 0;
    if (until.has_passed()) return ETIMEDOUT;
    if (monotonic_now() < nap_after)
      yield();
    else
      ::Sleep(1);
  }
}

}  // namespace holdfast::platform

#endif
