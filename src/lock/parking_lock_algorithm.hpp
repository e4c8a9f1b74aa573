// SPDX-License-Identifier: BSL-1.0
// The waiting half of the parking lock.
#pragma once

#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/spin_wait.hpp"

#include "lock/lock_token.hpp"
#include "lock/turns.hpp"

namespace holdfast {

template <class Platform, unlock_by Unlock>
void basic_parking_lock<Platform, Unlock>::lock_slow() noexcept {
  detail::basic_waiter<queues> waiter;
  acquire(deadline::never(), waiter);
}

template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::try_lock_until(
    const deadline& until, detail::basic_waiter<queues>& waiter) noexcept {
  Platform::about_to_lock(this, name);
  const bool taken = acquire(until, waiter);
  if (taken) Platform::locked(this);
  return taken;
}

// A waiter spins and sleeps until an owner wakes it or, if the lock is crowded, sleeps until its
// turn; then it asks.
template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::acquire(const deadline& until,
                                                   detail::basic_waiter<queues>& waiter) noexcept {
  detail::crowding<Platform> crowd(this);
  const bool crowded = crowd.found_held();
  detail::spin_before_park<Platform> wait;
  if (!crowded && crowd.is_worth_patience()) wait.be_patient();
  std::int64_t nap = detail::tuning::refused_nap_ns;
  bool asks = false;
  bool found_free = false;
  for (;;) {
    if (!bytes_.is_held() && crowd.try_to_take([this] { return bytes_.take(); })) {
      crowd.got();
      if (found_free) detail::call_next_turn<Platform>(turns());
      return true;
    }
    if (!crowded && wait.spin()) continue;
    if (crowd.loses_patience()) wait.be_impatient();
    if (waiter.is_interrupted() || Platform::has_passed(until)) return false;

    turn next = asks && ask(until, waiter) ? turn::ours : turn::none;
    asks = false;
    if (next == turn::none)
      next = crowded ? await_turn(until, waiter) : await_wake(until, waiter, nap);
    if (next == turn::ours) {
      crowd.got();
      return true;
    }
    if (next == turn::none) continue;
    asks = crowd.may_ask();
    if (crowded)
      found_free = crowd.finds_it_free([this] { return bytes_.is_held(); });
    else
      wait.start_over();
  }
}

// Sleeps until an owner says so.
template <class Platform, unlock_by Unlock>
typename basic_parking_lock<Platform, Unlock>::turn
basic_parking_lock<Platform, Unlock>::await_wake(const deadline& until,
                                                 detail::basic_waiter<queues>& waiter,
                                                 std::int64_t& nap) noexcept {
  const bool napping = must_nap();
  const auto slept = detail::basic_parking_lot<queues>::instance().park(
      this, waiter, napping ? earlier(until, deadline::after(nap)) : until,
      [&] { return mark_parked(napping); });
  if (detail::is_handed_over(slept)) return turn::ours;
  if (slept.end == detail::park_end::unparked) return turn::try_again;
  if (slept.end == detail::park_end::deadline_passed && napping &&
      nap < detail::tuning::refused_nap_ns_at_most)
    nap *= 2;
  return turn::none;  // the loop tries once more and looks at the deadline itself
}

// A waiter whose fence the kernel refused cannot trust its mark, and looks again by itself.
template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::must_nap() noexcept {
  return by_sequence && Platform::restart_fence_refused();
}

// Sleeps until its turn. No owner is told, and the releases stay as cheap as without waiters. One
// that asked in vain takes its place behind all others: were it to come again sooner, those who miss
// their turns would make others miss theirs, and with many threads hardly anybody got through.
template <class Platform, unlock_by Unlock>
typename basic_parking_lock<Platform, Unlock>::turn
basic_parking_lock<Platform, Unlock>::await_turn(const deadline& until,
                                                 detail::basic_waiter<queues>& waiter) noexcept {
  const auto slept = detail::sleep_until_turn<Platform>(turns(), waiter, until,
                                                        [this] { return bytes_.is_held(); });
  return slept.end == detail::park_end::not_parked ? turn::none : turn::try_again;
}

// Stays awake and wants the lock handed over at the next release. That needs no fence: if a release
// that has not seen the mark frees the lock, this thread sees that. So it asks as well if the lock
// is free at this very moment, as one with short sections often is.
template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::ask(const deadline& until,
                                               detail::basic_waiter<queues>& waiter) noexcept {
  bool taken = false;
  const auto asked = detail::basic_parking_lot<queues>::instance().ask(
      this, waiter, until, [this] { bytes_.mark_asked(); },
      [this, &taken] { return taken = !bytes_.is_held() && bytes_.take(); });
  return taken || detail::is_handed_over(asked);
}

// Runs under the bucket lock, before this thread queues. True if the lock is held and its owner
// cannot miss `parked`.
//
// Whoever sets the bit makes sure of that for all who find it set. A restartable release that has
// looked before it was set would store to `held` and wake nobody. The heavy fence aborts every such
// release, or its store is visible after the fence: so if the lock is still held then, its owner
// will see the bit. The bucket lock keeps other waiters from relying on the bit before the fence is
// through.
template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::mark_parked(bool napping) noexcept {
  using found = typename Platform::lock_bytes::found;
  if (bytes_.is_parked()) {  // (I1)
    // The fence of whoever set it may have been refused since this waiter asked: then it naps, too.
    if (by_sequence && !napping && Platform::restart_fence_refused()) return false;
    return bytes_.is_held();
  }
  const found before = bytes_.mark_parked();
  if (before == found::free) return false;
  if constexpr (by_sequence) {
    if (before != found::held_and_wary && Platform::restartable_in_use()) {  // (I2)
      // A refusal is remembered by the platform: this waiter comes again to nap, as do all later.
      return Platform::restart_fence() && Platform::recheck(bytes_.is_held());
    }
  }
  return true;
}

// An exception counts as true: the waiter wakes and meets it itself.
template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::condition::holds() const noexcept {
#if HOLDFAST_HAS_EXCEPTIONS
  try {
    return ready();
  } catch (...) {
    return true;
  }
#else
  return ready();
#endif
}

template <class Platform, unlock_by Unlock>
void basic_parking_lock<Platform, Unlock>::unlock_slow(const condition* but_not) noexcept {
  // Where threads have just waited they soon wait again, and a wary lock spares them the fence.
  constexpr unsigned wary = by_sequence ? detail::tuning::wary_releases : 0;
  static_assert(wary <= Platform::lock_bytes::wary_at_most);
  detail::basic_parking_lot<queues>::instance().unpark_willing(
      this,
      [but_not](std::uintptr_t about) {
        const auto* const awaited = reinterpret_cast<const condition*>(about);
        return awaited != but_not && awaited->holds();
      },
      [this](detail::unpark_info waiters) {
        if (waiters.found && (waiters.hand_off || waiters.asks)) {
          // Who asks needed no fence, nor will who sleeps until its turn.
          bytes_.hand_over(waiters.more, waiters.asks ? 0 : wary);
          return static_cast<std::uintptr_t>(detail::lock_token::handed_over);
        }
        bytes_.release(waiters.more, wary);
        // After this line *this may be gone.
        return static_cast<std::uintptr_t>(detail::lock_token::try_again);
      });
  detail::crowding<Platform>(this).gave();  // uses the address alone
}

// Called by the owner: queues it and then releases the lock.
template <class Platform, unlock_by Unlock>
typename basic_parking_lock<Platform, Unlock>::turn basic_parking_lock<Platform, Unlock>::park_for(
    const condition& awaited, const deadline& until,
    detail::basic_waiter<queues>& waiter) noexcept {
  const auto parked = detail::basic_parking_lot<queues>::instance().park(
      this, waiter, until,
      [this] {
        bytes_.mark_parked();  // (I1) the only release to come is this thread's own
        return true;
      },
      [this, &awaited] {
        Platform::about_to_unlock(this, name);
        unlock_slow(&awaited);
      },
      {.about = reinterpret_cast<std::uintptr_t>(&awaited), .hopes = true});
  if (parked.end != detail::park_end::unparked) return turn::none;
  if (!detail::is_handed_over(parked)) return turn::try_again;
  Platform::locked(this);
  return turn::ours;
}

template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::lock_when_ready(detail::function_ref<bool()> ready,
                                                           const deadline& until,
                                                           detail::basic_waiter<queues>& waiter) {
  struct held_meanwhile {  // `ready` may throw
    basic_parking_lock& lock;
    bool keep = false;
    ~held_meanwhile() HOLDFAST_UNANALYSED {
      if (!keep) lock.unlock();
    }
  };
  const condition awaited{ready};
  turn next = turn::try_again;
  do {
    if (next == turn::try_again && !try_lock_until(until, waiter)) return false;
    held_meanwhile held{*this};
    if (ready()) return held.keep = true;  // also if handed over: it may have thrown there
    if (Platform::has_passed(until) || waiter.is_interrupted()) return false;
    held.keep = true;
    next = park_for(awaited, until, waiter);
  } while (next != turn::none);
  return false;
}

template <class Platform, unlock_by Unlock>
bool basic_parking_lock<Platform, Unlock>::wait_until_ready(detail::function_ref<bool()> ready,
                                                            const deadline& until,
                                                            detail::basic_waiter<queues>& waiter) {
  const condition awaited{ready};
  do {
    if (Platform::has_passed(until) || waiter.is_interrupted()) return false;
    if (park_for(awaited, until, waiter) != turn::ours) lock();
  } while (!ready());
  return true;
}

template <class Platform, unlock_by Unlock>
detail::queue_admission basic_parking_lock<Platform, Unlock>::admit_waiters() noexcept {
  using found = typename Platform::lock_bytes::found;
  // Whoever was moved would not look again by itself.
  if (by_sequence && Platform::restart_fence_refused()) return detail::queue_admission::refused;
  if (!bytes_.is_parked()) {
    const found before = bytes_.mark_parked();
    if constexpr (by_sequence) {
      // As in mark_parked(): a free lock has no release under way.
      if (before == found::held && Platform::restartable_in_use() && !Platform::restart_fence())
        return detail::queue_admission::refused;
    }
  }
  return bytes_.is_held() ? detail::queue_admission::held : detail::queue_admission::free;
}

}  // namespace holdfast
