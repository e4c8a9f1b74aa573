// SPDX-License-Identifier: BSL-1.0
// The queue lock: waiters stand in line, and each spins on a word of its own.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/timed_members.hpp"

namespace holdfast {

// Those that stand in line are served in order, and a release disturbs one waiter instead of all. A
// newcomer may go first only in the moment between a release and the first in line noticing it.
// Like all orderly spin locks it needs fewer threads than CPUs. A wait with an end does not stand
// in line: it polls.
//
// The waiter's node lives on its stack: it is in the queue only until its thread owns the lock, so
// unlock needs no token, as a lock of the standard's kind must not. (Source: J. Mellor-Crummey, M.
// Scott 1991; the lock byte beside the queue as in Linux's qspinlock, P. Zijlstra and W. Long
// 2014.)
template <class Platform>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("mutex") basic_mcs_lock
    : public detail::timed_members<basic_mcs_lock<Platform>, Platform> {
 public:
  constexpr basic_mcs_lock() noexcept = default;
  basic_mcs_lock(const basic_mcs_lock&) = delete;
  basic_mcs_lock& operator=(const basic_mcs_lock&) = delete;

  ~basic_mcs_lock()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
  }
  ~basic_mcs_lock() = default;

  void lock() noexcept HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    Platform::about_to_lock(this, name);
    if (!take_if_no_line()) [[unlikely]]
      lock_slow();
    Platform::locked(this);
  }

  // Fails when the lock is taken, and when somebody stands in line for it.
  [[nodiscard]] bool try_lock() noexcept HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    const bool taken = take_if_no_line();
    if (taken) Platform::locked(this);
    return taken;
  }

  void unlock() noexcept HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    held_.store(0, order::release);  // [L6] hands our writes to the next owner
    // After this line *this may be gone.
  }

  using detail::timed_members<basic_mcs_lock, Platform>::lock;
  using detail::timed_members<basic_mcs_lock, Platform>::try_lock_until;

  // The wait behind the timed members: gives up when `until` has passed or `waiter` is interrupted.
  bool try_lock_until(const deadline& until,
                      detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept;

  static constexpr const char* name = "mcs_lock";

 private:
  using order = platform::order;
  struct node;

  bool take() noexcept {
    std::uint8_t expected = 0;
    return held_.compare_exchange(expected, 1, order::acquire,
                                  order::relaxed);  // [L6] receives them
  }
  bool take_if_no_line() noexcept { return last_.load(order::relaxed) == nullptr && take(); }
  HOLDFAST_COLD void lock_slow() noexcept;

  typename Platform::template atomic<node*> last_;  // of the line; null when nobody stands in it
  typename Platform::template atomic<std::uint8_t> held_;
};

using mcs_lock = basic_mcs_lock<platform::chosen>;

static_assert(sizeof(mcs_lock) == 2 * sizeof(void*));

}  // namespace holdfast
