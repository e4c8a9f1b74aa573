// SPDX-License-Identifier: BSL-1.0
// The system's mutex: errors and waits with an end.
#include "holdfast/lock/native_lock.hpp"

#include <cerrno>
#include <cstring>

#include "holdfast/base/fatal.hpp"
#include "holdfast/wait/tuning.hpp"

#include "platform/instances.hpp"

namespace holdfast {
namespace {

const char* reason(int error, bool locking) noexcept {
  switch (error) {
    case EDEADLK:
      return "holdfast: native_lock: this thread already owns the mutex; release its guard first";
    case EPERM:
      return "holdfast: native_lock: this thread does not own the mutex; unlock it where it was "
             "locked";
    case EAGAIN:
      return "holdfast: native_lock: the mutex is locked recursively too often";
    case EINVAL:
      return "holdfast: native_lock: not an initialised mutex, or a priority above its ceiling";
    case EOWNERDEAD:
      return "holdfast: native_lock: the owner died; a robust mutex needs pthread_mutex_consistent";
    default:
      return locking ? "holdfast: native_lock: the system refuses to lock the mutex"
                     : "holdfast: native_lock: the system refuses to unlock the mutex";
  }
}

}  // namespace

template <class Platform>
void basic_native_lock<Platform>::fail(int error, const char* call) {
  detail::throw_lock_error(error, reason(error, std::strcmp(call, "lock") == 0));
}

template <class Platform>
bool basic_native_lock<Platform>::try_lock() {
  const int error = mutex_.try_lock();
  if (error == EBUSY) return false;
  if (error != 0) fail(error, "lock");
  owned();
  return true;
}

template <class Platform>
bool basic_native_lock<Platform>::try_lock_until(
    const deadline& until, detail::basic_waiter<typename Platform::unchecked>& waiter) {
  Platform::about_to_lock(this, name);
  for (;;) {
    const deadline next_look = earlier(until, deadline::after(detail::tuning::native_stop_poll_ns));
    const int error = mutex_.lock_until(next_look);
    if (error == 0) {
      owned();
      return true;
    }
    if (error != ETIMEDOUT) fail(error, "lock");
    if (waiter.is_interrupted() || until.has_passed()) return false;
  }
}

#define HOLDFAST_INSTANTIATE(Platform) template class basic_native_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)

}  // namespace holdfast
