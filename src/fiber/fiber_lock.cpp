// SPDX-License-Identifier: BSL-1.0
// The line before a fiber_lock.
#include "holdfast/fiber/fiber_lock.hpp"

#include "holdfast/base/fatal.hpp"

#include "fiber/switch.hpp"
#include "platform/instances.hpp"

namespace holdfast {

// On the stack of the fiber that waits.
template <class Platform>
struct basic_fiber_lock<Platform>::place {
  fiber::detail::context* who;
  waiter_type* waiter = nullptr;  // of a wait with an end
  place* next = nullptr;
  bool served = false;
};

template <class Platform>
void basic_fiber_lock<Platform>::join_line(place& mine) noexcept {
  if (last_ == nobody()) {
    mine.next = &mine;
  } else {
    mine.next = last_->next;
    last_->next = &mine;
  }
  last_ = &mine;
}

template <class Platform>
void basic_fiber_lock<Platform>::leave_line(place& mine) noexcept {
  place* before = last_;
  while (before->next != &mine) before = before->next;
  before->next = mine.next;
  if (last_ == &mine) last_ = before == &mine ? nobody() : before;
}

template <class Platform>
void basic_fiber_lock<Platform>::lock_slow() noexcept {
  refuse_to_wait();
  fiber::detail::runner& here = *fiber::detail::runner::of_this_thread();
  place mine{&here.current()};
  join_line(mine);
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
    place mine{fiber::detail::runner::this_fiber(), &waiter};
    join_line(mine);
    waiter.rearm();
    waiter.sleep(until);
    // It may have been served after its end had come, and before it ran again.
    if (!mine.served) {
      leave_line(mine);
      return false;
    }
  }
  Platform::locked(this);
  return true;
}

// Hands the lock to the first in line.
template <class Platform>
void basic_fiber_lock<Platform>::unlock_slow() noexcept {
  place& first = *last_->next;
  if (last_ == &first)
    last_ = nobody();
  else
    last_->next = first.next;
  first.served = true;
  if (first.waiter != nullptr)
    first.waiter->notify();
  else
    fiber::detail::runner::of_this_thread()->make_ready_here(*first.who);
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
  if (last_ != nullptr && last_ != nobody() && last_->who->home != here)
    detail::fatal(name, this, "a thread or a fiber of another scheduler uses a fiber_lock",
                  "Use mutex<T> for what fibers of several schedulers share");
}

#define HOLDFAST_INSTANTIATE(Platform) template class basic_fiber_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)

}  // namespace holdfast
