// SPDX-License-Identifier: BSL-1.0
// The ticket lock: a spin lock that serves strictly in the order of arrival.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/timed_members.hpp"

namespace holdfast {

// First in, first out. Use it where threads are fewer than CPUs: the next in line may be preempted,
// and then everyone waits for it (it yields, but a queue of many threads on few CPUs crawls). A
// wait with an end takes no ticket: it polls, and gets the lock only in a moment when nobody stands
// in line.
//
// (Source: D. Reed, R. Kanodia 1979; waiting by one's place in line, J. Mellor-Crummey and M. Scott
// 1991.)
template <class Platform>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("mutex") basic_ticket_lock
    : public detail::timed_members<basic_ticket_lock<Platform>, Platform> {
 public:
  constexpr basic_ticket_lock() noexcept = default;
  basic_ticket_lock(const basic_ticket_lock&) = delete;
  basic_ticket_lock& operator=(const basic_ticket_lock&) = delete;

  ~basic_ticket_lock()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
  }
  ~basic_ticket_lock() = default;

  void lock() noexcept HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    Platform::about_to_lock(this, name);
    const std::uint32_t mine = next_.fetch_add(1, order::relaxed);
    if (serving_.load(order::acquire) != mine)
      lock_slow(mine);  // [L3] receives the last owner's writes
    Platform::locked(this);
  }

  // Takes a ticket only if it is served at once.
  [[nodiscard]] bool try_lock() noexcept HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    std::uint32_t mine = serving_.load(order::acquire);  // [L3]
    const std::uint32_t after = mine + 1;
    const bool taken = next_.compare_exchange(mine, after, order::relaxed, order::relaxed);
    if (taken) Platform::locked(this);
    return taken;
  }

  void unlock() noexcept HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    const std::uint32_t following = serving_.load(order::relaxed) + 1;
    serving_.store(following, order::release);  // [L3] hands our writes to the next in line
    // After this line *this may be gone.
  }

  using detail::timed_members<basic_ticket_lock, Platform>::lock;
  using detail::timed_members<basic_ticket_lock, Platform>::try_lock_until;

  // The wait behind the timed members: gives up when `until` has passed or `waiter` is interrupted.
  bool try_lock_until(const deadline& until,
                      detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept;

  static constexpr const char* name = "ticket_lock";

 private:
  using order = platform::order;

  HOLDFAST_COLD void lock_slow(std::uint32_t mine) noexcept;

  // The lock is free when both are equal. They are 32 bits wide, although 16 would do for the
  // threads in line: a try_lock that is preempted between its two accesses must not meet the same
  // number again after a full turn.
  typename Platform::template atomic<std::uint32_t> next_;     // the next ticket to be taken
  typename Platform::template atomic<std::uint32_t> serving_;  // the ticket that owns the lock
};

using ticket_lock = basic_ticket_lock<platform::chosen>;

static_assert(sizeof(ticket_lock) == 8);

}  // namespace holdfast
