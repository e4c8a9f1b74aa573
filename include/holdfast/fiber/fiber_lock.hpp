// SPDX-License-Identifier: BSL-1.0
// The lock of the fibers of one scheduler: no atomic instruction, no call of the kernel, no busy
// waiting.
#pragma once

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/timed_members.hpp"

namespace holdfast {

namespace fiber::detail {
class context;
}

// Fibers of one scheduler run on one thread and in turn, so plain loads and stores are enough. A
// fiber that finds the lock held stands in its line and lets the next fiber run; an unlock hands the
// lock to the first in line. Nobody spins and nobody barges. So std::lock and std::scoped_lock of
// several that are contended may try in turns for ever; lock_all does not.
//
// Only for the fibers of one scheduler; between threads, and in a pool, take mutex<T>. Checked
// builds refuse anybody else, as far as they see it; a thread or a pool's fiber that would have to
// wait is refused in all builds. (Source: the mutex of a user-level thread package, A. Tanenbaum,
// "Modern Operating Systems", with a line in the place of trying again after each yield.)
//
//  last_      | meaning
//  null       | free
//  this       | held, nobody waits
//  a fiber    | held; the last in line, whose next_in_line is the first: a ring
template <class Platform>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("mutex") basic_fiber_lock
    : public detail::timed_members<basic_fiber_lock<Platform>, Platform> {
  using waiter_type = detail::basic_waiter<typename Platform::unchecked>;

 public:
  constexpr basic_fiber_lock() noexcept = default;
  basic_fiber_lock(const basic_fiber_lock&) = delete;
  basic_fiber_lock& operator=(const basic_fiber_lock&) = delete;

  ~basic_fiber_lock()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
  }
  ~basic_fiber_lock() = default;

  void lock() noexcept HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    about_to_lock();
    if (last_ == nullptr) [[likely]]
      last_ = nobody();
    else
      lock_slow();
    Platform::locked(this);
  }

  // Never waits.
  [[nodiscard]] bool try_lock() noexcept HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    if constexpr (Platform::checks_ownership) refuse_strangers();
    if (last_ != nullptr) return false;
    last_ = nobody();
    Platform::locked(this);
    return true;
  }

  void unlock() noexcept HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    if (last_ == nobody()) [[likely]]
      last_ = nullptr;
    else
      unlock_slow();
    // The next owner may destroy the lock when it runs.
  }

  using detail::timed_members<basic_fiber_lock, Platform>::lock;
  using detail::timed_members<basic_fiber_lock, Platform>::try_lock_until;

  // The wait behind the timed members: gives up when `until` has passed or `waiter` is interrupted.
  bool try_lock_until(const deadline& until, waiter_type& waiter) noexcept;

  static constexpr const char* name = "fiber_lock";

 private:
  using waiting = fiber::detail::context;

  // No fiber: an address that cannot be one's.
  waiting* nobody() const noexcept {
    return reinterpret_cast<waiting*>(const_cast<basic_fiber_lock*>(this));
  }

  void about_to_lock() noexcept {
    if constexpr (Platform::checks_ownership) refuse_strangers();
    Platform::about_to_lock(this, name);
  }
  HOLDFAST_COLD void refuse_strangers() noexcept;
  void refuse_to_wait() const noexcept;
  void lock_slow() noexcept;  // not cold: fibers wait a lot, and fast
  void unlock_slow() noexcept;
  void join_line(waiting& me) noexcept;
  void leave_line(waiting& me) noexcept;

  waiting* last_ = nullptr;
};

using fiber_lock = basic_fiber_lock<platform::chosen>;

static_assert(sizeof(fiber_lock) == sizeof(void*));

}  // namespace holdfast
