// SPDX-License-Identifier: BSL-1.0
// The slow half of the reader-writer lock: entering, owning, handing over.
#pragma once

#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/spin_wait.hpp"

#include "lock/parking_rw_lock_readers.hpp"

namespace holdfast {

template <class Platform>
void basic_parking_rw_lock<Platform>::lock_slow() noexcept {
  waiter_type waiter;
  own_until(exclusive, deadline::never(), waiter);
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::try_lock_until(const deadline& until,
                                                     waiter_type& waiter) noexcept {
  Platform::about_to_lock(this, name);
  const bool taken = own_until(exclusive, until, waiter);
  if (taken) Platform::locked(this);
  return taken;
}

template <class Platform>
void basic_parking_rw_lock<Platform>::lock_upgrade() noexcept {
  waiter_type waiter;
  reserve_until(deadline::never(), waiter);
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::try_lock_upgrade() noexcept {
  state seen = state_.load(order::relaxed);
  while ((seen & (exclusive | reserved)) == 0) {
    if (state_.compare_exchange(seen, seen | reserved, order::acquire, order::relaxed)) {  // [V1]
      Platform::locked(this);
      return true;
    }
  }
  return false;
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::reserve_until(const deadline& until,
                                                    waiter_type& waiter) noexcept {
  Platform::about_to_lock(this, name);
  const bool taken = own_until(reserved, until, waiter);
  if (taken) Platform::locked(this);
  return taken;
}

template <class Platform>
void basic_parking_rw_lock<Platform>::unlock_upgrade() noexcept {
  Platform::about_to_unlock(this, name);
  pass_on(reserved, 0);
}

template <class Platform>
void basic_parking_rw_lock<Platform>::unlock_upgrade_and_lock() noexcept {
  waiter_type waiter;
  upgrade_until(deadline::never(), waiter);
}

// `reserved` keeps everybody else from `exclusive`, so it is free. Nothing is acquired before drain()
// looks at the count.
template <class Platform>
bool basic_parking_rw_lock<Platform>::upgrade_until(const deadline& until,
                                                    waiter_type& waiter) noexcept {
  state seen = state_.load(order::relaxed);
  while (!state_.compare_exchange(seen, closed_by(exclusive, seen & ~reserved), order::relaxed,
                                  order::relaxed)) {
  }
  return drain(seen, reserved, until, waiter);
}

template <class Platform>
void basic_parking_rw_lock<Platform>::unlock_and_lock_upgrade() noexcept {
  pass_on(exclusive, reserved);
}

// `from` is exclusive or reserved.
template <class Platform>
typename basic_parking_rw_lock<Platform>::slot* basic_parking_rw_lock<Platform>::downgrade(
    state from) noexcept {
  Platform::about_to_unlock(this, name);
  auto& row = detail::row_of_this_thread<Platform>();
  pass_on(from, one_reader);
  return note_count(row);
}

// `wanted` is exclusive or reserved.
template <class Platform>
bool basic_parking_rw_lock<Platform>::own_until(state wanted, const deadline& until,
                                                waiter_type& waiter) noexcept {
  const auto wish = wanted == exclusive ? detail::rw_wish::own : detail::rw_wish::reserve;
  detail::spin_before_park<Platform> wait;
  const state met = state_.load(order::relaxed);
  if (has_counted(met) || (met & exclusive) != 0)
    give_way(Platform::my_reader_slots(), until, waiter);
  for (;;) {
    state seen = state_.load(order::relaxed);
    if ((seen & (exclusive | reserved)) == 0) {
      if (state_.compare_exchange(seen, closed_by(wanted, seen), order::acquire,  // [V1] [V3]
                                  order::relaxed))
        return wanted == reserved || drain(seen, 0, until, waiter);
      continue;
    }
    if (wait.spin()) continue;
    if (waiter.is_interrupted() || Platform::has_passed(until)) return false;
    const auto parked_as = detail::basic_parking_lot<typename Platform::unchecked>::instance().park(
        this, waiter, until, [this] { return mark(queued, exclusive | reserved); }, [] {},
        {.about = static_cast<std::uintptr_t>(wish)});
    if (parked_as.end != detail::park_end::unparked) continue;  // the loop looks at the ends itself
    const auto told = static_cast<detail::rw_token>(parked_as.token);
    if (told == detail::rw_token::try_again)
      wait.start_over();
    else
      return wanted == reserved ||
             drain(told == detail::rw_token::handed_over_with_slots ? slotted : 0, 0, until,
                   waiter);
  }
}

// The lock is held as `held` says, in that way or not at all; takes it exclusively if no reader is
// in.
template <class Platform>
bool basic_parking_rw_lock<Platform>::try_take(state held) noexcept {
  state seen = state_.load(order::relaxed);
  do {
    if ((seen & (exclusive | reserved)) != held || has_counted(seen)) return false;
    if ((seen & by_slots) != 0 && is_in_a_slot()) return false;  // at a glance, before the fence
  } while (!state_.compare_exchange(seen, closed_by(exclusive, seen & ~held),
                                    order::acquire,  // [V1] [V3]
                                    order::relaxed));
  fence_after_closing(seen);
  if ((seen & by_slots) == 0) return true;
  // A reader in a slot may have come in once more, counted, before it left the slot.
  const bool in_a_slot = is_in_a_slot();
  Platform::light_fence();  // as in wait_for_counted()
  if (!in_a_slot && !has_counted(state_.load(order::acquire))) return true;  // [V3]
  pass_on(exclusive, held, in_a_slot ? fenced : 0);
  return false;
}

// With `exclusive` set over `before`: waits until the last reader has gone. Otherwise the lock is as
// before, held as `held` says.
template <class Platform>
bool basic_parking_rw_lock<Platform>::drain(state before, state held, const deadline& until,
                                            waiter_type& waiter) noexcept {
  if constexpr (Platform::checks_ownership) refuse_own_reader();
  fence_after_closing(before);
  const bool slots_empty = (before & by_slots) == 0 || wait_for_slots(until, waiter);
  if (slots_empty && wait_for_counted(until, waiter)) return true;
  // Readers that are still in slots must be found by the next writer.
  pass_on(exclusive | drained, held, slots_empty ? 0 : fenced);
  return false;
}

// Under the bucket lock of the key that `mark` is about.
template <class Platform>
bool basic_parking_rw_lock<Platform>::mark(state mark, state while_any_of) noexcept {
  state seen = state_.load(order::relaxed);
  while ((seen & while_any_of) != 0) {
    if ((seen & mark) != 0) return true;
    if (state_.compare_exchange(seen, seen | mark, order::relaxed, order::relaxed)) return true;
  }
  return false;
}

// Gives up `drop` for `add`, leaves `set` set, and lets in whoever may come in now: all waiting
// readers, and the first who wants more unless we keep that to ourselves. When barging has lasted
// long enough the lock is theirs in the same step: the readers are counted, and if a writer is first
// it owns `exclusive` and waits for them.
template <class Platform>
void basic_parking_rw_lock<Platform>::pass_on(state drop, state add, state set) noexcept {
  state seen = state_.load(order::relaxed);
  while ((seen & queued) == 0) {
    if (state_.compare_exchange(seen, ((seen & ~drop) + add) | set, order::release,  // [V1]
                                order::relaxed))
      return;  // *this may be gone
  }
  state readers = 0;
  state heir = add & reserved;
  const auto choose = [&](std::uintptr_t about) {
    switch (static_cast<detail::rw_wish>(about)) {
      case detail::rw_wish::read:
        readers += one_reader;
        return detail::pick::wake;
      case detail::rw_wish::own:
      case detail::rw_wish::reserve:
        if (heir != 0) return detail::pick::leave;
        heir = about == static_cast<std::uintptr_t>(detail::rw_wish::own) ? exclusive : reserved;
        return detail::pick::wake;
      default:
        return detail::pick::wake;
    }
  };
  const auto decide = [&](const detail::picked& waiters) {
    const state given = waiters.hand_off ? readers + (heir & ~add) : 0;
    const state left = waiters.more ? queued : 0;
    const bool is_owned = (given & exclusive) != 0;
    state before = state_.load(order::relaxed);
    state after = 0;
    do {
      after = (((before & ~(drop | queued)) + add + given) | left | set);
      if (is_owned) after &= ~slotted;
    } while (!state_.compare_exchange(before, after, order::release,  // [V1]
                                      order::relaxed));
    // After this line *this may be gone.
    const auto token = !waiters.hand_off ? detail::rw_token::try_again
                       : is_owned && ((before | set) & by_slots) != 0
                           ? detail::rw_token::handed_over_with_slots
                           : detail::rw_token::handed_over;
    return static_cast<std::uintptr_t>(token);
  };
  detail::basic_parking_lot<typename Platform::unchecked>::instance().unpark_picked(this, choose,
                                                                                    decide);
}

}  // namespace holdfast
