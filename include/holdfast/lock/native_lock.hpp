// SPDX-License-Identifier: BSL-1.0
// The operating system's own mutex as a lock: pthread_mutex_t, or SRWLOCK on Windows.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/native_mutex.hpp"
#include "holdfast/wait/timed_members.hpp"

namespace holdfast {

// For comparison, for sharing with C code that has the pthread_mutex_t or SRWLOCK, and where the
// system's own is required. Owned by its thread: only the thread that locked it may unlock it, so its
// guards do not move. A pthread_mutex_t is destroyed, so the unlock of another thread has to be over
// by then; an SRWLOCK is not.
//
// An error of the system is thrown as std::system_error with the call's errno value; the lock is
// not held then. An SRWLOCK has none, also where the program misuses it.
template <class Platform>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("mutex") basic_native_lock
    : public detail::timed_members<basic_native_lock<Platform>, Platform> {
 public:
  struct thread_owned;

  constexpr basic_native_lock() noexcept = default;
  basic_native_lock(const basic_native_lock&) = delete;
  basic_native_lock& operator=(const basic_native_lock&) = delete;
  ~basic_native_lock() { Platform::about_to_destroy(this, name); }

  void lock() HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    Platform::about_to_lock(this, name);
    if (const int error = mutex_.lock(); error != 0) [[unlikely]]
      fail(error, "lock");
    owned();
  }

  // Throws std::system_error for any error but "busy".
  [[nodiscard]] bool try_lock() HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED;

  // Throws std::system_error if the system refuses, and then still holds the lock.
  void unlock() HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    if (const int error = mutex_.unlock(); error != 0) [[unlikely]]
      fail(error, "unlock");
    Platform::unlocked_by_thread();
  }

  using detail::timed_members<basic_native_lock, Platform>::lock;
  using detail::timed_members<basic_native_lock, Platform>::try_lock_until;

  // Many at once, and nobody exclusively: where the system's lock has it, on Windows. A shared owner
  // must not wait until another thread is one too: Windows may grant lock_shared() exclusively if it
  // meets an unlock(), and then both wait for ever (docs/reference/native_lock.md).
  template <class System = platform::native_mutex>
    requires System::has_shared
  void lock_shared() noexcept HOLDFAST_ACQUIRE_SHARED() HOLDFAST_UNANALYSED {
    Platform::about_to_lock(this, name);
    static_cast<System&>(mutex_).lock_shared();
    Platform::locked_by_thread(this, name);
  }
  template <class System = platform::native_mutex>
    requires System::has_shared
  [[nodiscard]] bool try_lock_shared() noexcept
      HOLDFAST_TRY_ACQUIRE_SHARED(true) HOLDFAST_UNANALYSED {
    if (!static_cast<System&>(mutex_).try_lock_shared()) return false;
    Platform::locked_by_thread(this, name);
    return true;
  }
  template <class System = platform::native_mutex>
    requires System::has_shared
  void unlock_shared() noexcept HOLDFAST_RELEASE_SHARED() HOLDFAST_UNANALYSED {
    static_cast<System&>(mutex_).unlock_shared();
    Platform::unlocked_by_thread();
  }

  // The wait behind the timed members. The system's mutex cannot be interrupted: a stop is seen
  // within 5 ms, on Windows within 5 ms and two ticks of the system's timer.
  bool try_lock_until(const deadline& until,
                      detail::basic_waiter<typename Platform::unchecked>& waiter);

  // For calls of the system on the mutex.
  auto native_handle() noexcept { return mutex_.handle(); }

  static constexpr const char* name = "native_lock";

 private:
  void owned() noexcept {
    Platform::locked(this);
    Platform::locked_by_thread(this, name);
  }
  [[noreturn]] HOLDFAST_COLD static void fail(int error, const char* call);

  platform::native_mutex mutex_;
};

using native_lock = basic_native_lock<platform::chosen>;

}  // namespace holdfast
