// SPDX-License-Identifier: BSL-1.0
// Joining, leaving and serving the timers.
#pragma once

#include "holdfast/coroutine/timers.hpp"

namespace holdfast::detail {

template <class Platform>
void basic_timers<Platform>::join(alarm<Platform>& a) noexcept {
  mutex_.lock();
  alarms_.insert(a);
  a.joined = true;
  const bool is_first = alarms_.first() == &a;
  if (is_first) changes_.fetch_add(1, order::relaxed);
  mutex_.unlock();
  if (is_first) Platform::futex_wake(&changes_, 1);
}

template <class Platform>
void basic_timers<Platform>::leave(alarm<Platform>& a) noexcept {
  mutex_.lock();
  if (a.joined) {
    alarms_.remove(a);
    a.joined = false;
  }
  while (rings_ == &a) {
    mutex_.unlock();
    Platform::yield();
    mutex_.lock();
  }
  mutex_.unlock();
}

template <class Platform>
void basic_timers<Platform>::serve() noexcept {
  mutex_.lock();
  alarm<Platform>* const first = alarms_.first();
  if (first == nullptr || !Platform::has_passed(first->until)) {
    const deadline until = first != nullptr ? first->until : deadline::never();
    const std::uint32_t seen = changes_.load(order::relaxed);
    mutex_.unlock();
    Platform::futex_wait(changes_, seen, until);
    return;
  }
  alarms_.remove(*first);
  first->joined = false;
  rings_ = first;
  mutex_.unlock();
  first->waiter->expire();  // outside the lock, as it may post to an executor
  mutex_.lock();
  rings_ = nullptr;
  mutex_.unlock();
}

}  // namespace holdfast::detail
