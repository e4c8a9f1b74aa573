// SPDX-License-Identifier: BSL-1.0
// The line before a fiber_lock.
#include "holdfast/fiber/fiber_lock.hpp"

#include <utility>

#include "holdfast/base/fatal.hpp"

#include "fiber/switch.hpp"
#include "platform/instances.hpp"

namespace holdfast {

template <class Platform>
void basic_fiber_lock<Platform>::join_line(waiting& me) noexcept {
  if (last_ == nobody()) {
    me.next_in_line = &me;
  } else {
    me.next_in_line = last_->next_in_line;
    last_->next_in_line = &me;
  }
  last_ = &me;
}

template <class Platform>
void basic_fiber_lock<Platform>::leave_line(waiting& me) noexcept {
  waiting* before = last_;
  while (before->next_in_line != &me) before = before->next_in_line;
  before->next_in_line = me.next_in_line;
  if (last_ == &me) last_ = before == &me ? nobody() : before;
}

template <class Platform>
void basic_fiber_lock<Platform>::lock_slow() noexcept {
  refuse_to_wait();
  fiber::detail::runner& here = *fiber::detail::runner::of_this_thread();
  join_line(here.current());
  here.park();
}

template <class Platform>
bool basic_fiber_lock<Platform>::try_lock_until(const deadline& until,
                                                waiter_type& waiter) noexcept {
  about_to_lock();
  if (last_ == nullptr) {
    last_ = nobody();
  } else {
    if (waiter.is_interrupted() || until.has_passed()) return false;
    refuse_to_wait();
    waiting& me = *fiber::detail::runner::this_fiber();
    me.served_by = &waiter;
    join_line(me);
    waiter.rearm();
    waiter.sleep(until);
    // It may have been served after its end had come, and before it ran again.
    if (std::exchange(me.served_by, nullptr) != nullptr) {
      leave_line(me);
      return false;
    }
  }
  Platform::locked(this);
  return true;
}

// Hands the lock to the first in line.
template <class Platform>
void basic_fiber_lock<Platform>::unlock_slow() noexcept {
  waiting& first = *last_->next_in_line;
  if (last_ == &first)
    last_ = nobody();
  else
    last_->next_in_line = first.next_in_line;
  if (first.served_by == nullptr) [[likely]]
    return fiber::detail::runner::of_this_thread()->make_ready_here(first);
  auto* const waiter = static_cast<waiter_type*>(std::exchange(first.served_by, nullptr));
  waiter->notify();
}

template <class Platform>
void basic_fiber_lock<Platform>::refuse_to_wait() const noexcept {
  const auto* const here = fiber::detail::runner::of_this_fiber();
  if (here == nullptr) [[unlikely]]
    detail::fatal(name, this, "a thread would wait for a fiber_lock, which is for fibers",
                  "Lock it in a fiber, or use mutex<T>, which is for everybody");
  if (here->is_shared()) [[unlikely]]
    detail::fatal(
        name, this,
        "a fiber of a pool would wait for a fiber_lock, which is for fibers of one thread",
        "Use mutex<T>, or a scheduler in the place of the pool");
}

template <class Platform>
void basic_fiber_lock<Platform>::refuse_strangers() noexcept {
  const auto* const here = fiber::detail::runner::of_this_thread();
  if (here != nullptr && here->is_shared()) refuse_to_wait();
  // In line are fibers of the scheduler whose lock this is.
  if (last_ != nullptr && last_ != nobody() && last_->home != here)
    detail::fatal(name, this, "a thread or a fiber of another scheduler uses a fiber_lock",
                  "Use mutex<T> for what fibers of several schedulers share");
}

#define HOLDFAST_INSTANTIATE(Platform) template class basic_fiber_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)

}  // namespace holdfast
