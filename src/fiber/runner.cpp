// SPDX-License-Identifier: BSL-1.0
// Who runs next, and the switch to it.
#include "fiber/runner.hpp"

#include "holdfast/platform/clock.hpp"
#include "holdfast/wait/tuning.hpp"

#include "fiber/crew.hpp"
#include "fiber/switch.hpp"

namespace holdfast::fiber::detail {

namespace tuning = holdfast::detail::tuning;

thread_local constinit runner* runner::of_thread_ = nullptr;

runner::runner(crew& of) noexcept : current_(&main_), is_shared_(of.is_shared()), crew_(of) {
  main_.home = this;
}

bool runner::run() {
  const platform::overflow_watch watch(
      [](void* of) noexcept -> platform::running_fiber {
        const context& who = *static_cast<runner*>(of)->current_;
        return {who.stack, who.shared == nullptr ? nullptr : who.shared->name().c_str()};
      },
      this);
  if (is_run_.exchange(true, platform::order::acquire)) return false;  // [F8]
  of_thread_ = this;
  thread_ = platform::thread_state::of_this_thread();
  main_.watchers.attach_to_thread();
  main_.as_task = platform::this_threads_task;  // there may be another library's fibers here
  while (!crew_.is_done()) {
    look_around();
    context* next = pop();
    if (next == nullptr) next = steal();
    if (next != nullptr)
      leave(*next, after::nothing);
    else
      idle();
  }
  of_thread_ = nullptr;
  is_run_.store(false, platform::order::release);  // [F8] the next thread goes on from here
  return true;
}

// Stopping.

bool runner::yield() noexcept { return yield_here(); }

void runner::suspend(platform::suspension& wait, const deadline& until) noexcept {
  wait_ = &wait;
  until_ = until;
  leave_for_any(after::begin);
}

void runner::end() noexcept {
  leave_for_any(after::end);
  __builtin_unreachable();
}

void runner::settle_slow(context& before) noexcept {
  if (after_ == after::end) return crew_.bury(before);
  platform::suspension& wait = *wait_;
  if (!until_.is_never()) {
    before.timer.until = until_;
    before.timer.wait = &wait;
    if (crew_.timers().add(before.timer)) crew_.earliest_deadline_has_changed();
  }
  if (!wait.begin()) make_ready(before);
  // If it has begun, it may be anywhere now.
}

// Saved before the switch and loaded after it, as a switch of Boost.Context's changes it on its way.

void runner::keep_float_environment() noexcept {
  current_->keeps_float_environment = true;
  std::fegetenv(&float_environment_);
}

void runner::save_float_environment_slow(context& me) noexcept {
  std::fegetenv(me.keeps_float_environment ? &me.float_environment : &float_environment_);
}

void runner::load_float_environment_slow() noexcept {
  std::fesetenv(current_->keeps_float_environment ? &current_->float_environment
                                                  : &float_environment_);
}

// What is ready.

void runner::make_ready(context& who) noexcept {
  push(who);
  if (is_shared_) crew_.wake_one_if_idle();
}

// Appends a list from an inbox.
template <class Push>
bool push_all(context* first, Push push) noexcept {
  const bool any = first != nullptr;
  while (first != nullptr) {
    context* const following = first->next;
    push(*first);
    first = following;
  }
  return any;
}

void runner::look_around() noexcept {
  switches_until_look_ = tuning::switches_a_look;
  const bool any = push_all(inbox_.take_all(), [this](context& each) { push(each); });
  crew_.timers().expire_due();
  if (any && is_shared_) crew_.wake_one_if_idle();
}

void runner::drop_all() noexcept {
  push_all(inbox_.take_all(), [this](context& each) { push(each); });
  while (context* const each = pop()) {
    each->shared->abandon();
    crew_.bury(*each);
  }
}

bool runner::has_work() noexcept {
  if (!inbox_.is_empty()) return true;
  const guards_ready hold(*this);
  return !ready_.is_empty();
}

// Half of what is ready at the first other that has something, and all that it has not looked at.
context* runner::steal() noexcept {
  if (!is_shared_) return nullptr;
  for (std::size_t i = 0; i < crew_.size(); ++i) {
    runner& other = crew_.at(i);
    if (&other == this || !other.has_work()) continue;
    other.give_to(*this);
    context* const next = pop();
    if (next == nullptr) continue;
    // What was on its way was nobody's to see, and there may be more than for two.
    if (has_work() || others_have_work()) crew_.wake_one_if_idle();
    return next;
  }
  return nullptr;
}

bool runner::others_have_work() noexcept {
  for (std::size_t i = 0; is_shared_ && i < crew_.size(); ++i)
    if (&crew_.at(i) != this && crew_.at(i).has_work()) return true;
  return false;
}

void runner::give_to(runner& thief) noexcept {
  ready_queue loot;
  {
    const guards_ready hold(*this);
    ready_.give_half_to(loot);
  }
  push_all(inbox_.take_all(), [&loot](context& each) { loot.push(each); });
  while (context* const each = loot.pop()) thief.push(*each);
}

// Nothing is ready.

void runner::idle() noexcept {
  if (watch_for_work() || !inbox_.announce_sleep()) return;
  crew_.goes_to_sleep(*this);
  if (crew_.is_done() || others_have_work())
    inbox_.stay_awake();
  else
    inbox_.sleep(crew_.sleeps_until(*this));
  crew_.is_awake(*this);
}

// For some microseconds: a wake by another thread is much dearer than one that is seen.
bool runner::watch_for_work() noexcept {
  if (platform::cpu_count() == 1) return false;
  const std::int64_t now = platform::monotonic_now();
  if (crew_.timers().earliest() <= now) return true;
  const std::int64_t end = now + tuning::idle_watch_ns;
  do {
    for (unsigned i = 0; i < tuning::looks_between_clocks; ++i) {
      if (!inbox_.is_empty()) return true;
      platform::pause();
    }
  } while (platform::monotonic_now() < end);
  return false;
}

}  // namespace holdfast::fiber::detail
