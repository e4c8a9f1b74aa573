// SPDX-License-Identifier: BSL-1.0
// A spin lock by compare-and-swap: one byte, for sections of a few instructions.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/timed_members.hpp"

namespace holdfast {

// Not fair. A waiter reads until the lock looks free, backs off up to some microseconds, and then
// yields at each look, so an owner that was preempted gets to run. Never sleeps, never calls the
// kernel but to yield.
//
//   word | meaning        (source: test-and-test-and-set with back-off, T. Anderson 1990)
//    0   | unlocked
//    1   | locked
template <class Platform>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("mutex") basic_spin_lock
    : public detail::timed_members<basic_spin_lock<Platform>, Platform> {
 public:
  constexpr basic_spin_lock() noexcept = default;
  basic_spin_lock(const basic_spin_lock&) = delete;
  basic_spin_lock& operator=(const basic_spin_lock&) = delete;

  ~basic_spin_lock()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
  }
  ~basic_spin_lock() = default;

  // Everything that happened before the last unlock happens before lock returns.
  void lock() noexcept HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    Platform::about_to_lock(this, name);
    if (!take()) [[unlikely]]
      lock_slow();
    Platform::locked(this);
  }

  [[nodiscard]] bool try_lock() noexcept HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    const bool taken = take();
    if (taken) Platform::locked(this);
    return taken;
  }

  void unlock() noexcept HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    word_.store(unlocked, order::release);  // [L2] hands our writes to the next owner
    // After this line *this may be gone.
  }

  using detail::timed_members<basic_spin_lock, Platform>::lock;
  using detail::timed_members<basic_spin_lock, Platform>::try_lock_until;

  // The wait behind the timed members: gives up when `until` has passed or `waiter` is interrupted.
  bool try_lock_until(const deadline& until,
                      detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept;

  static constexpr const char* name = "spin_lock";

 private:
  using order = platform::order;
  static constexpr std::uint8_t unlocked = 0;
  static constexpr std::uint8_t locked = 1;

  bool take() noexcept {
    std::uint8_t expected = unlocked;
    return word_.compare_exchange(expected, locked,
                                  order::acquire,  // [L2] receives the last owner's writes
                                  order::relaxed);
  }
  HOLDFAST_COLD void lock_slow() noexcept;

  typename Platform::template atomic<std::uint8_t> word_;
};

using spin_lock = basic_spin_lock<platform::chosen>;

static_assert(sizeof(spin_lock) == 1);

}  // namespace holdfast
