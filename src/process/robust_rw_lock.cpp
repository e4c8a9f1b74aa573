// SPDX-License-Identifier: BSL-1.0
// Readers in seats, writers in all of them.
#include "holdfast/process/robust_rw_lock.hpp"

#include <unistd.h>

namespace holdfast::process::detail {
namespace {

using platform::order;

// Threads begin their search at different seats, so that readers that do not meet share no cache line.
unsigned first_seat() noexcept {
  thread_local const unsigned mine = static_cast<unsigned>(::gettid()) % robust_rw_lock::seats;
  return mine;
}

bool got(lock_end end) noexcept { return end != lock_end::gave_up; }

}  // namespace

bool robust_rw_lock::take_seat(unsigned& seat) noexcept {
  seat = first_seat();
  for (unsigned tried = 0; tried < seats; ++tried) {
    if (got(places_[seat].lock.try_lock())) return true;
    seat = seat + 1 == seats ? 0 : seat + 1;
  }
  return false;
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
  for (unsigned seat = 0; seat < seats; ++seat)
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
  if (writing_.load(order::relaxed) == 0 && take_seat(seat)) return true;
  if (!got(take(gate_.lock))) return false;
  writing_.store(0, order::relaxed);  // of a writer that has died (R2)
  if (take_seat(seat))
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
  // First a lock of which nobody but the owner could have become the owner meanwhile.
  if (!places_[0].lock.unlock()) return false;
  leave(1, seats);
  return true;
}

bool robust_rw_lock::unlock_shared(unsigned seat) noexcept {
  return (seat == gate ? gate_ : places_[seat]).lock.unlock();
}

void robust_rw_lock::downgrade(unsigned& seat) noexcept {
  seat = first_seat();
  for (unsigned other = 0; other < seats; ++other)
    if (other != seat) places_[other].lock.unlock();
  writing_.store(0, order::relaxed);
  gate_.lock.unlock();
}

}  // namespace holdfast::process::detail
