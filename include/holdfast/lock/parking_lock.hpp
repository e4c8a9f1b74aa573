// SPDX-License-Identifier: BSL-1.0
// The lock of choice: two bytes, one atomic instruction a pair, and waiters that sleep in the
// parking lot.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/function_ref.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/timed_members.hpp"
#include "holdfast/wait/wait_ends.hpp"

namespace holdfast {

// How the common unlock is made. `restartable` costs no atomic instruction where the platform has
// restartable sequences, and is the other where it has not (valgrind, old kernels and C libraries,
// ThreadSanitizer).
enum class HOLDFAST_EXPORT unlock_by : std::uint8_t { restartable, compare_and_swap };

// Newcomers may take the lock before a waiter that has just been woken (that is what makes it
// fast), but after at most about a millisecond of that an unlock hands the lock to the longest
// waiter.
//
// Ordering: everything before an unlock happens before the return of the lock that comes next.
// The lock may be destroyed and its memory unmapped as soon as its last owner's unlock has let
// another thread take it: unlock does not touch it after the releasing store.
//
//  held parked | meaning                                             legal next
//    0    0    | free                                                lock
//    1    0    | held, nobody queued                                 unlock; park
//    1    1    | held, the queue may have waiters                    unlock_slow, by hand-over to
//              |                                                     one that asks
//    0    1    | free, waiters may be queued: one is on its way,     lock, by anyone
//              | or all of them wait for something to become true
//
// (I1) When the bucket lock of the lock's queue is free and a waiter is queued, `parked` is set,
// and no restartable release that has not seen it is under way. `parked` is set and cleared only
// under the bucket lock. It may stay set with an empty queue: that costs the next unlock a look.
// A waiter that asks is awake, and sees by itself if a release that has not seen it freed the lock.
// Waiters of a crowded lock sleep until their turns in a queue of their own, and look by themselves
// then: `parked` says nothing of them (docs/design/turns.md).
// (I2) While `wary` is not 0, no restartable release is under way or begun: it is set by an owner
// on its way out, and whoever owns the lock after that sees it.
template <class Platform, unlock_by Unlock = unlock_by::restartable>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("mutex") basic_parking_lock
    : public detail::timed_members<basic_parking_lock<Platform, Unlock>, Platform> {
 public:
  constexpr basic_parking_lock() noexcept = default;
  basic_parking_lock(const basic_parking_lock&) = delete;
  basic_parking_lock& operator=(const basic_parking_lock&) = delete;

  ~basic_parking_lock()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
  }
  ~basic_parking_lock() = default;

  // Waits until the lock is free, spinning for some microseconds and then asleep.
  void lock() noexcept HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    Platform::about_to_lock(this, name);
    if (!bytes_.take()) [[unlikely]]
      lock_slow();
    Platform::locked(this);
  }

  // Never waits. Fails only if the lock is held.
  [[nodiscard]] bool try_lock() noexcept HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    const bool taken = bytes_.take();
    if (taken) Platform::locked(this);
    return taken;
  }

  // Wakes the longest waiter, if any.
  void unlock() noexcept HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    if (!release_alone()) [[unlikely]]
      unlock_slow();
    // After this line *this may be gone.
  }

  using detail::timed_members<basic_parking_lock, Platform>::lock;
  using detail::timed_members<basic_parking_lock, Platform>::try_lock_until;

  // The wait behind the timed members: gives up when `until` has passed or `waiter` is interrupted,
  // and leaves no trace in the queue then.
  bool try_lock_until(const deadline& until,
                      detail::basic_waiter<typename Platform::unchecked>& waiter) noexcept;

  // Conditional critical sections: locks when `ready()` is true, which holds on return. `ends` are
  // those of wait_ends.hpp; false if they came first, and the lock is not held then.
  //
  // `ready` is called with the lock held: by this thread at first, and then by each thread that
  // releases the lock, on its way out, until it is true. So it must not lock, block, or depend on
  // the thread that it runs in. If it throws there, this thread calls it again, and the exception
  // leaves from here, with the lock released.
  template <class Predicate, class... Ends>
    requires(detail::are_wait_ends<Ends...>)
  bool lock_when(Predicate&& ready, const Ends&... ends) HOLDFAST_UNANALYSED {
    return detail::wait_ends<Platform>::apply(
        [&](const deadline& until, detail::basic_waiter<queues>& waiter) {
          return lock_when_ready(ready, until, waiter);
        },
        ends...);
  }

  // The same for the owner: gives the lock away until `ready()` is true. The lock is held on return
  // in any case, by an exception of `ready` too.
  template <class Predicate, class... Ends>
    requires(detail::are_wait_ends<Ends...>)
  bool wait_until_true(Predicate&& ready, const Ends&... ends) HOLDFAST_UNANALYSED {
    return ready() || detail::wait_ends<Platform>::apply(
                          [&](const deadline& until, detail::basic_waiter<queues>& waiter) {
                            return wait_until_ready(ready, until, waiter);
                          },
                          ends...);
  }

  // For a condition that moves its waiters to this lock's queue instead of waking them all. Under
  // the bucket lock of this lock.
  detail::queue_admission admit_waiters() noexcept;

  // For a waiter that was moved, and to which an unlock has handed the lock.
  void now_owned() noexcept { Platform::locked(this); }

  static constexpr const char* name = "parking_lock";
  using queues = typename Platform::unchecked;

 private:
  friend detail::async_access;

  // What a waiter of lock_when waits for. Releasing owners look at it; the lot keeps the waiter in
  // its place meanwhile.
  struct condition {
    detail::function_ref<bool()> ready;
    bool holds() const noexcept;
  };

  static constexpr bool by_sequence = Unlock == unlock_by::restartable && Platform::has_restartable;

  bool release_alone() noexcept {
    if constexpr (by_sequence)
      return Platform::release_alone(bytes_);
    else
      return bytes_.release_alone();
  }

  HOLDFAST_COLD void lock_slow() noexcept;
  HOLDFAST_COLD void unlock_slow(const condition* but_not = nullptr) noexcept;
  bool lock_when_ready(detail::function_ref<bool()> ready, const deadline& until,
                       detail::basic_waiter<queues>& waiter) HOLDFAST_UNANALYSED;
  bool wait_until_ready(detail::function_ref<bool()> ready, const deadline& until,
                        detail::basic_waiter<queues>& waiter) HOLDFAST_UNANALYSED;
  enum class turn : std::uint8_t { ours, try_again, none };
  turn park_for(const condition& awaited, const deadline& until,
                detail::basic_waiter<queues>& waiter) noexcept;
  bool acquire(const deadline& until, detail::basic_waiter<queues>& waiter) noexcept;
  turn await_wake(const deadline& until, detail::basic_waiter<queues>& waiter,
                  std::int64_t& nap) noexcept;
  turn await_turn(const deadline& until, detail::basic_waiter<queues>& waiter) noexcept;
  bool ask(const deadline& until, detail::basic_waiter<queues>& waiter) noexcept;
  bool mark_parked(bool napping) noexcept;
  static bool must_nap() noexcept;

  // The key of those who sleep until their turn.
  const void* turns() const noexcept { return reinterpret_cast<const char*>(this) + 1; }

  typename Platform::lock_bytes bytes_;
};

using parking_lock = basic_parking_lock<platform::chosen>;

// The same with the ordinary unlock, for comparison and for programs that must do without
// restartable sequences.
using parking_lock_cas = basic_parking_lock<platform::chosen, unlock_by::compare_and_swap>;

static_assert(sizeof(parking_lock) == 2);

}  // namespace holdfast
