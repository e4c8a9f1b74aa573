// SPDX-License-Identifier: BSL-1.0
// How a coroutine gets a parking_lock.
#pragma once

#include <algorithm>
#include <utility>

#include "holdfast/coroutine/async_lock.hpp"

#include "lock/lock_token.hpp"

namespace holdfast::detail {

// Without waiting. The owner is the coroutine, which may unlock on any thread.
template <class Platform, unlock_by Unlock>
bool async_acquire<Platform, Unlock>::is_taken() noexcept {
  is_owner_ = is_handed_over(this->ended()) || lock_.try_lock();
  if (is_owner_) Platform::locked_by_any(&lock_);
  return is_owner_;
}

template <class Platform, unlock_by Unlock>
bool async_acquire<Platform, Unlock>::advance() noexcept {
  do {
    if (is_taken() || this->gives_up()) return true;
    const bool napping = async_access::must_nap(lock_);
    const auto mark = [&] { return async_access::mark_parked(lock_, napping); };
    if (napping) {
      const std::int64_t nap =
          std::exchange(nap_, std::min(2 * nap_, tuning::refused_nap_ns_at_most));
      if (this->queue_for(nap, &lock_, mark)) return false;
    } else if (this->queue(&lock_, mark)) {
      return false;
    }
  } while (true);
}

// Whoever was woken in vain leaves the lock free and others asleep: the next unlock wakes one.
template <class Platform, unlock_by Unlock>
void async_acquire<Platform, Unlock>::pass_on() noexcept {
  if (this->ended().end == park_end::unparked && is_taken()) release();
}

template <class Platform, unlock_by Unlock>
void async_acquire<Platform, Unlock>::release() noexcept HOLDFAST_UNANALYSED {
  note_released();
  lock_.unlock();
}

template <class Platform, unlock_by Unlock>
typename async_acquire_when<Platform, Unlock>::answer
async_acquire_when<Platform, Unlock>::ask() noexcept {
#if HOLDFAST_HAS_EXCEPTIONS
  try {
    return awaited_.ready() ? answer::yes : answer::no;
  } catch (...) {
    thrown_ = std::current_exception();
    return answer::thrown;
  }
#else
  return awaited_.ready() ? answer::yes : answer::no;
#endif
}

// The owner queues itself and then releases the lock, as in basic_parking_lock::park_for.
template <class Platform, unlock_by Unlock>
bool async_acquire_when<Platform, Unlock>::advance() noexcept {
  if (std::exchange(waits_for_it_, false) && this->ended().end != park_end::unparked &&
      this->gives_up())
    return true;
  if (!acquire::advance()) return false;
  if (!this->is_owner()) return true;
  if (const answer is = ask(); is != answer::no) {
    if (is == answer::thrown) this->release();
    return true;
  }
  if (this->gives_up()) {
    this->release();
    return true;
  }
  lock_type& own = this->lock();
  waits_for_it_ = true;
  this->note_released();
  this->queue(
      &own,
      [&own] {
        async_access::mark_own_release(own);
        return true;
      },
      reinterpret_cast<std::uintptr_t>(&awaited_));
  Platform::about_to_unlock(&own, lock_type::name);
  async_access::unlock_but_not_for(own, awaited_);
  return false;
}

}  // namespace holdfast::detail
