// SPDX-License-Identifier: BSL-1.0
// The slow half of the reader-writer lock: slots and counts, and how a writer waits for both.
#pragma once

#include <utility>

#include "holdfast/base/fatal.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/spin_wait.hpp"

#include "lock/meeting.hpp"

namespace holdfast {

namespace detail {

// What a waiter in the queue of a reader-writer lock wants.
enum class rw_wish : std::uintptr_t { none, read, reserve, own };

// What it is told when it is taken out.
enum class rw_token : std::uintptr_t {
  try_again,
  handed_over,
  handed_over_with_slots,  // the readers' slots were in use until now
};

template <class Platform>
auto& row_of_this_thread() noexcept {
  auto& row = Platform::my_reader_slots();
  // The one that nobody owns is full.
  return row.slots[0].load(platform::order::relaxed) == Platform::reader_slots::never_free
             ? Platform::obtain_reader_slots()
             : row;
}

// A slot of `row` that holds `content`, or null.
template <class Row>
auto* slot_with(Row& row, std::uintptr_t content) noexcept {
  for (auto& each : row.slots)
    if (each.load(platform::order::relaxed) == content) return &each;
  return static_cast<typename Row::slot*>(nullptr);
}

// A free one, or null. Another thread may have emptied it, by a guard of ours: what it read before
// that is passed on with what we put there.
template <class Row>
auto* free_slot(Row& row) noexcept {
  for (auto& each : row.slots)
    if (each.load(platform::order::acquire) == 0) return &each;  // [V2]
  return static_cast<typename Row::slot*>(nullptr);
}

}  // namespace detail

// Entering.

// The common cases where writers are frequent: a slot and a full fence, or counted.
template <class Platform>
typename basic_parking_rw_lock<Platform>::slot*
basic_parking_rw_lock<Platform>::enter_counted() noexcept {
  auto& row = Platform::my_reader_slots();
  state seen = state_.load(order::relaxed);
  if ((seen & (exclusive | slotted)) != 0 || row.slots[0].load(order::acquire) != 0)  // [V2]
    return enter_slow();
  if ((seen & fenced) != 0) {
    if (!enter_fenced(row, row.slots[0])) return enter_slow();
    consider_slots(row);
    return &row.slots[0];
  }
  if (has_counted(seen)) [[unlikely]] {
    waiter_type waiter;
    give_way(row, deadline::never(), waiter);
  }
  if (!state_.compare_exchange(seen, seen + one_reader, order::acquire, order::relaxed) &&  // [V1]
      ((seen & (exclusive | by_slots)) != 0 ||
       !state_.compare_exchange(seen, seen + one_reader, order::acquire, order::relaxed)))  // [V1]
    return enter_slow();
  row.slots[0].store(by_count(), order::release);  // [V2] its last content is over
  consider_slots(row);
  return &row.slots[0];
}

// Readers in slots cannot be seen: they count as there, and those who sleep keep to their turns.
template <class Platform>
void basic_parking_rw_lock<Platform>::give_way(slots& row, const deadline& until,
                                               waiter_type& waiter) noexcept {
  detail::give_way<Platform>(row, turns(), waiter, until, [this] {
    const state seen = state_.load(order::relaxed);
    return has_counted(seen) || (seen & (exclusive | by_slots)) != 0;
  });
}

template <class Platform>
typename basic_parking_rw_lock<Platform>::slot*
basic_parking_rw_lock<Platform>::enter_slow() noexcept {
  waiter_type waiter;
  slot* entered_by = nullptr;
  enter_until(deadline::never(), waiter, entered_by);
  return entered_by;
}

// The full fence pairs with that of any writer.
template <class Platform>
bool basic_parking_rw_lock<Platform>::enter_fenced(slots& row, slot& free) noexcept {
  free.store(by_slot(), order::release);  // [V2] what the slot said before is over
  Platform::fence_seq_cst();
  const state seen = state_.load(order::acquire);  // [V1]
  if ((seen & by_slots) != 0 && (seen & exclusive) == 0) return true;
  leave_slot(row, free);
  return false;
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::try_enter(slot*& entered_by) noexcept {
  auto& row = detail::row_of_this_thread<Platform>();
  for (;;) {
    const entry outcome = enter_once(row, state_.load(order::relaxed), entered_by);
    if (outcome != entry::again) return outcome == entry::done;
  }
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::enter_until(const deadline& until, waiter_type& waiter,
                                                  slot*& entered_by) noexcept {
  auto& row = detail::row_of_this_thread<Platform>();
  detail::spin_before_park<Platform> wait;
  bool has_met = false;
  for (;;) {
    const state seen = state_.load(order::relaxed);
    const entry outcome = enter_once(row, seen, entered_by);
    if (outcome == entry::done) return true;
    if (outcome == entry::again) continue;
    if (!std::exchange(has_met, true)) {
      give_way(row, until, waiter);
      continue;
    }
    if (wait.spin()) continue;
    if (waiter.is_interrupted() || Platform::has_passed(until)) return false;
    Platform::about_to_lock(this, name);
    const auto parked_as = detail::basic_parking_lot<typename Platform::unchecked>::instance().park(
        this, waiter, until, [this] { return mark(queued, exclusive); }, [] {},
        {.about = static_cast<std::uintptr_t>(detail::rw_wish::read)});
    if (parked_as.end != detail::park_end::unparked) continue;
    if (static_cast<detail::rw_token>(parked_as.token) != detail::rw_token::try_again) {
      entered_by = note_count(row);
      return true;
    }
    wait.start_over();
  }
}

template <class Platform>
typename basic_parking_rw_lock<Platform>::entry basic_parking_rw_lock<Platform>::enter_once(
    slots& row, state seen, slot*& entered_by) noexcept {
  if ((seen & by_slots) != 0 && (seen & exclusive) == 0) {
    if (slot* const free = detail::free_slot(row)) {
      const bool is_in = (seen & slotted) != 0 ? enter_slot(row, *free) : enter_fenced(row, *free);
      if (!is_in) return entry::again;
      entered_by = free;
      return entry::done;
    }
  }
  if ((seen & exclusive) != 0) {
    if (!count_beside_writer(row, seen)) return entry::closed;
  } else if (!state_.compare_exchange(seen, seen + one_reader, order::acquire,  // [V1]
                                      order::relaxed)) {
    return entry::again;
  }
  entered_by = note_count(row);
  if ((seen & (exclusive | by_slots)) == 0) consider_slots(row);
  return entry::done;
}

// Comes in although a writer has set `exclusive`, if this thread reads already: then the writer
// still waits for this thread, and if we did the same both would for ever. What the row says may be
// out of date, as a guard of this thread may be unlocked by another:
// - noted as counted: then the compare-and-swap still finds a count of somebody for whom the writer
//   waits, and from then on we see that the note is cleared;
// - by a slot: looked at again when we are counted. A writer that saw it cleared sees our count.
template <class Platform>
bool basic_parking_rw_lock<Platform>::count_beside_writer(slots& row, state seen) noexcept {
  const auto is_in_row = [&](std::uintptr_t content) {
    return detail::slot_with(row, content) != nullptr ||
           Platform::slot_left_behind(content) != nullptr;
  };
  while ((seen & exclusive) != 0) {
    const bool counted = has_counted(seen) && is_in_row(by_count());
    if (!counted && !is_in_row(by_slot())) return false;
    if (state_.compare_exchange(seen, seen + one_reader, order::acquire,  // [V1]
                                order::relaxed)) {
      if (counted) return true;
      Platform::heavy_fence();  // pairs with the light one in wait_for_counted()
      if (is_in_row(by_slot())) return true;
      leave_count();
      return false;
    }
  }
  return false;  // the caller looks again
}

template <class Platform>
typename basic_parking_rw_lock<Platform>::slot* basic_parking_rw_lock<Platform>::note_count(
    slots& row) noexcept {
  slot* const free = detail::free_slot(row);
  if (free != nullptr) free->store(by_count(), order::release);  // [V2] its last content is over
  return free;
}

// Now and then a counted reader asks whether it is time for slots.
template <class Platform>
void basic_parking_rw_lock<Platform>::consider_slots(slots& row) noexcept {
  if (row.slots[0].load(order::relaxed) == slots::never_free) return;
  if (++row.reads % detail::tuning::reads_a_sample == 0) sample();
}

// A sample that is lost to another thread's does no harm.
template <class Platform>
void basic_parking_rw_lock<Platform>::sample() noexcept {
  const auto now = detail::reader_bias(memory_.load(order::relaxed)).with_a_sample();
  memory_.store(now.word(), order::relaxed);
  state seen = state_.load(order::relaxed);
  for (;;) {
    state next = seen;
    if (now.pays())
      next = (seen & ~fenced) | slotted;
    else if (now.pays_fences())
      next = seen | fenced;
    if (next == seen || (seen & (exclusive | slotted)) != 0) return;
    if (state_.compare_exchange(seen, next, order::relaxed, order::relaxed)) return;
  }
}

// Leaving.

template <class Platform>
void basic_parking_rw_lock<Platform>::unlock_shared_counted() noexcept {
  slot& first = Platform::my_reader_slots().slots[0];
  if (first.load(order::relaxed) != by_count()) return unlock_shared_slow();
  first.store(0, order::release);  // [V2]
  leave_count();
}

template <class Platform>
void basic_parking_rw_lock<Platform>::unlock_shared_slow() noexcept {
  auto& row = Platform::my_reader_slots();
  slot* held = detail::slot_with(row, by_slot());
  if (held == nullptr) held = detail::slot_with(row, by_count());
  // In the destructors that run when a thread ends the row is given back already.
  if (held == nullptr) held = Platform::slot_left_behind(by_slot());
  if (held == nullptr) held = Platform::slot_left_behind(by_count());
  leave(held);
}

template <class Platform>
void basic_parking_rw_lock<Platform>::leave(slot* entered_by) noexcept {
  if (entered_by != nullptr) {
    if (entered_by->load(order::relaxed) == by_slot())
      return leave_slot(slots::of(*entered_by), *entered_by);
    entered_by->store(0, order::release);  // [V2]
  }
  leave_count();
}

template <class Platform>
void basic_parking_rw_lock<Platform>::leave_count() noexcept {
  const void* const key = leave_key();
  if constexpr (Platform::checks_ownership)
    if (!has_counted(state_.load(order::relaxed)))
      detail::fatal(name, this, "this thread unlocks a lock that it does not read",
                    "Let the thread that locked it unlock it: keep the guard in that thread");
  const state before =
      state_.fetch_add(0U - one_reader, order::release);  // [V3] our reads are over
  // After this line *this may be gone.
  constexpr state last_one_awaited = exclusive | drained;
  if (before / one_reader == 1 && (before & last_one_awaited) == last_one_awaited)
    detail::basic_parking_lot<typename Platform::unchecked>::instance().unpark_all(key, 0);
}

template <class Platform>
void basic_parking_rw_lock<Platform>::wake_for_slot(slot& left) noexcept {
  detail::basic_parking_lot<typename Platform::unchecked>::instance().unpark_all(&left, 0);
}

// A writer that has set `exclusive`.

// What the state becomes when a writer or, with `wanted` reserved, an upgradable reader comes in. A
// writer that comes soon after another ends the time of fenced slots too.
template <class Platform>
typename basic_parking_rw_lock<Platform>::state basic_parking_rw_lock<Platform>::closed_by(
    state wanted, state seen) const noexcept {
  if (wanted == reserved) return seen | reserved;
  const bool often = !detail::reader_bias(memory_.load(order::relaxed)).has_reads();
  return (seen & ~(often ? by_slots : slotted)) | exclusive;
}

// After `exclusive` was set over `before`: each reader's slot is visible here then, or the reader
// has seen `exclusive` and leaves its slot again.
template <class Platform>
void basic_parking_rw_lock<Platform>::fence_after_closing(state before) noexcept {
  if ((before & slotted) != 0) return revoke();
  if ((before & fenced) != 0) Platform::fence_seq_cst();
  forget_reads();
}

template <class Platform>
void basic_parking_rw_lock<Platform>::revoke() noexcept {
  const std::int64_t begin = Platform::monotonic_now();
  Platform::heavy_fence();
  const std::int64_t cost = Platform::monotonic_now() - begin;
  const detail::reader_bias past(memory_.load(order::relaxed));
  memory_.store(past.revoked(cost).word(), order::relaxed);
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::is_in_a_slot() const noexcept {
  bool found = false;
  Platform::look_at_reader_slots([&](slots& row) {
    for (const slot& each : row.slots)
      found = found || each.load(order::acquire) == by_slot();  // [V2]
    return !found;
  });
  return found;
}

template <class Platform>
void basic_parking_rw_lock<Platform>::refuse_own_reader() const noexcept {
  auto& row = Platform::my_reader_slots();
  if (detail::slot_with(row, by_slot()) != nullptr || detail::slot_with(row, by_count()) != nullptr)
    detail::fatal(name, this, "this thread reads and wants to write: it would wait for itself",
                  "Release the shared guard first, or take an upgrade guard instead of it");
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::is_read() const noexcept {
  return has_counted(state_.load(order::relaxed)) || is_in_a_slot();
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::wait_for_slots(const deadline& until,
                                                     waiter_type& waiter) noexcept {
  bool all = true;
  Platform::look_at_reader_slots([&](slots& row) {
    for (slot& each : row.slots) all = all && wait_for_slot(row, each, until, waiter);
    return all;
  });
  return all;
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::wait_for_slot(slots& row, slot& held, const deadline& until,
                                                    waiter_type& waiter) noexcept {
  detail::spin_before_park<Platform> wait;
  while (held.load(order::acquire) == by_slot()) {  // [V2]
    if (wait.spin()) continue;
    if (waiter.is_interrupted() || Platform::has_passed(until)) return false;
    row.wanted.fetch_add(1, order::relaxed);
    Platform::heavy_fence();
    detail::basic_parking_lot<typename Platform::unchecked>::instance().park(
        &held, waiter, until, [&] { return held.load(order::relaxed) == by_slot(); });
    row.wanted.fetch_add(~0U, order::relaxed);
  }
  return true;
}

template <class Platform>
bool basic_parking_rw_lock<Platform>::wait_for_counted(const deadline& until,
                                                       waiter_type& waiter) noexcept {
  Platform::light_fence();  // pairs with the heavy one in count_beside_writer()
  detail::spin_before_park<Platform> wait;
  state seen = state_.load(order::acquire);  // [V3]
  while (has_counted(seen)) {
    if (!wait.spin()) {
      if (waiter.is_interrupted() || Platform::has_passed(until)) return false;
      detail::basic_parking_lot<typename Platform::unchecked>::instance().park(
          leave_key(), waiter, until, [this] { return mark(drained, ~(one_reader - 1)); });
    }
    seen = state_.load(order::acquire);  // [V3]
  }
  if ((seen & drained) != 0) state_.fetch_and(~drained, order::relaxed);
  return true;
}

}  // namespace holdfast
