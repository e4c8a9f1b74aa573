// SPDX-License-Identifier: BSL-1.0
// The switch from fiber to fiber, where every instruction counts.
#pragma once

#include "fiber/runner.hpp"

namespace holdfast::fiber::detail {

// Holds the lock of the ready queue, where there is somebody to lock out.
class runner::guards_ready {
 public:
  explicit guards_ready(runner& of) noexcept : of_(of) {
    if (of_.is_shared_) of_.ready_lock_.lock();
  }
  guards_ready(const guards_ready&) = delete;
  guards_ready& operator=(const guards_ready&) = delete;
  ~guards_ready() {
    if (of_.is_shared_) of_.ready_lock_.unlock();
  }

 private:
  runner& of_;
};

inline void runner::push(context& who) noexcept {
  const guards_ready hold(*this);
  ready_.push(who);
}

// In a pool a thread that has looked for work since the yield has seen neither of the two.
inline void runner::requeue(context& who) noexcept {
  if (is_shared_) [[unlikely]]
    make_ready(who);
  else
    ready_.push(who);
}

inline context* runner::pop() noexcept {
  const guards_ready hold(*this);
  return ready_.pop();
}

inline void runner::arrive(context& before) noexcept {
  runner& here = *before.home;
  here.current_->watchers.after_switch_from(before.watchers);
  if (before.keeps_float_environment || here.current_->keeps_float_environment) [[unlikely]]
    here.load_float_environment_slow();
  if (here.after_ == after::queue) [[likely]]
    here.requeue(before);
  else if (here.after_ != after::nothing)
    here.settle_slow(before);
}

HOLDFAST_INLINE void runner::leave(context& next, after what) noexcept {
  context& me = *current_;
  after_ = what;
  current_ = &next;
  if (is_shared_) next.home = this;
  thread_.swap(me.own, next.own, next.as_task);
  if (me.keeps_float_environment || next.keeps_float_environment) [[unlikely]]
    save_float_environment_slow(me);
  me.watchers.before_switch_to(next.watchers, what == after::end);
  void* const before = platform::machine_context::switch_stacks(me.where, next.where, &me);
  // Perhaps on another thread now.
  arrive(*static_cast<context*>(before));
}

HOLDFAST_INLINE bool runner::yield_here() noexcept {
  current_->refuse_switch();
  if (--switches_until_look_ == 0 || !inbox_.is_empty()) [[unlikely]]
    look_around();
  context* const next = pop();
  if (next == nullptr) return false;
  leave(*next, after::queue);
  return true;
}

HOLDFAST_INLINE void runner::leave_for_any(after what) noexcept {
  current_->refuse_switch();
  if (--switches_until_look_ == 0 || !inbox_.is_empty()) [[unlikely]]
    look_around();
  context* const next = pop();
  leave(next != nullptr ? *next : main_, what);
}

}  // namespace holdfast::fiber::detail
