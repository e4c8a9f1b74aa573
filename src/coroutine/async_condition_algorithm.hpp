// SPDX-License-Identifier: BSL-1.0
// How a coroutine waits for a signal.
#pragma once

#include "holdfast/coroutine/async_condition.hpp"

#include "coroutine/async_lock_algorithm.hpp"

namespace holdfast::detail {

template <class Platform, unlock_by Unlock>
void async_signal<Platform, Unlock>::begin(waiting_owner& with) noexcept {
  async_access::refuse_another_mutex(signal_, with);
  this->note_released();
  waits_for_signal_ = true;
  this->queue(
      &signal_,
      [this] {
        async_access::note_waiter(signal_);
        return true;
      },
      reinterpret_cast<std::uintptr_t>(&with));
  static_cast<void>(with.release(with));  // of a guard of a parking_lock: it does not throw
}

template <class Platform, unlock_by Unlock>
bool async_signal<Platform, Unlock>::advance() noexcept {
  if (waits_for_signal_) {
    const park_end end = this->ended().end;
    const bool notified = end == park_end::unparked || this->ended().moved;
    waits_for_signal_ = false;
    owes_signal_ = notified && !this->ended().moved;
    how_ = notified                       ? wait_result::end::notified
           : end == park_end::interrupted ? wait_result::end::stopped
                                          : wait_result::end::deadline_passed;
    this->be_patient(true);
  }
  if (!acquire::advance()) return false;
  owes_signal_ = false;
  this->be_patient(false);
  return true;
}

// A signal goes to the next. Who was woken by a broadcast owes the lock a release as well: others
// have been moved to its queue in trust of that.
template <class Platform, unlock_by Unlock>
void async_signal<Platform, Unlock>::pass_on() noexcept {
  const bool unparked = this->ended().end == park_end::unparked;
  if (owes_signal_ || (waits_for_signal_ && unparked && !this->ended().moved)) signal_.notify_one();
  acquire::pass_on();
}

}  // namespace holdfast::detail
