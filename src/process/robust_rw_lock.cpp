// SPDX-License-Identifier: BSL-1.0
// Readers in seats, writers in all of them.
#include "holdfast/process/robust_rw_lock.hpp"

#include "process/robust_list.hpp"

namespace holdfast::process::detail {
namespace {

using platform::order;

// Where this thread found a seat last: readers that meet often settle in seats of their own.
thread_local constinit unsigned last_seat = 0;

bool got(lock_end end) noexcept { return end != lock_end::gave_up; }

}  // namespace

robust_rw_lock::robust_rw_lock() = default;

bool robust_rw_lock::take_open_seat(unsigned& seat) noexcept {
  const unsigned open = open_.load(order::relaxed);
  seat = last_seat < open ? last_seat : 0;
  for (unsigned tried = 0; tried < open; ++tried) {
    if (got(places_[seat].lock.try_lock())) {
      last_seat = seat;
      return true;
    }
    seat = seat + 1 == open ? 0 : seat + 1;
  }
  return false;
}

// By the owner of the gate. The seat is taken before it is open: no other reader can come first.
bool robust_rw_lock::open_seat(unsigned& seat) noexcept {
  seat = open_.load(order::relaxed);
  if (seat == seats || !got(places_[seat].lock.try_lock())) return false;
  open_.store(seat + 1, order::relaxed);
  last_seat = seat;
  return true;
}

// Gives back the seats from `from` on, and the gate.
void robust_rw_lock::leave(unsigned from, unsigned end) noexcept {
  for (unsigned seat = from; seat < end; ++seat) places_[seat].lock.unlock();
  writing_.store(0, order::relaxed);
  gate_.lock.unlock();
}

template <class Take>
bool robust_rw_lock::own_all(Take take) {
  refuse_in_fiber("process::shared_mutex");
  refuse_to_hold_too_many(seats + 1);
  if (!got(take(gate_.lock))) return false;
  writing_.store(1, order::relaxed);
  const unsigned open = open_.load(order::relaxed);
  for (unsigned seat = 0; seat < open; ++seat)
    if (!got(take(places_[seat].lock))) {
      leave(0, seat);
      return false;
    }
  return true;
}

bool robust_rw_lock::lock(const wait_limits& limits) {
  return own_all([&](robust_lock& lock) { return lock.lock(limits); });
}

bool robust_rw_lock::try_lock() {
  return own_all([](robust_lock& lock) { return lock.try_lock(); });
}

template <class Take>
bool robust_rw_lock::enter(Take take, unsigned& seat) {
  refuse_in_fiber("process::shared_mutex");
  refuse_to_hold_too_many(2);
  if (writing_.load(order::relaxed) == 0 && take_open_seat(seat)) return true;
  if (!got(take(gate_.lock))) return false;
  if (writing_.load(order::relaxed) != 0)
    writing_.store(0, order::relaxed);  // of a writer that has died (R2)
  if (take_open_seat(seat) || open_seat(seat))
    gate_.lock.unlock();
  else
    seat = gate;
  return true;
}

bool robust_rw_lock::lock_shared(const wait_limits& limits, unsigned& seat) {
  return enter([&](robust_lock& lock) { return lock.lock(limits); }, seat);
}

bool robust_rw_lock::try_lock_shared(unsigned& seat) {
  return enter([](robust_lock& lock) { return lock.try_lock(); }, seat);
}

bool robust_rw_lock::unlock() noexcept {
  // First a lock that nobody can have got meanwhile: the child of a fork has none.
  const unsigned open = open_.load(order::relaxed);
  if (!places_[0].lock.unlock()) return false;
  leave(1, open);
  return true;
}

bool robust_rw_lock::unlock_shared(unsigned seat) noexcept {
  return (seat == gate ? gate_ : places_[seat]).lock.unlock();
}

bool robust_rw_lock::is_held_by_caller() const noexcept {
  return holds_robust_mutex_in(this, sizeof *this);
}

void robust_rw_lock::downgrade(unsigned& seat) noexcept {
  const unsigned open = open_.load(order::relaxed);
  seat = last_seat < open ? last_seat : 0;
  for (unsigned other = 0; other < open; ++other)
    if (other != seat) places_[other].lock.unlock();
  writing_.store(0, order::relaxed);
  gate_.lock.unlock();
}

}  // namespace holdfast::process::detail
