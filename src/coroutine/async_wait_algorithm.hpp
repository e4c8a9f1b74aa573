// SPDX-License-Identifier: BSL-1.0
// Suspending, resuming and giving up the wait of a coroutine.
#pragma once

#include "holdfast/base/fatal.hpp"
#include "holdfast/coroutine/async_wait.hpp"

namespace holdfast::detail {

template <class Platform>
bool async_wait<Platform>::start(const deadline& until) {
  until_ = until;
  if (!until.is_never()) static_cast<void>(basic_timers<Platform>::of(until.clock()));
  ticket_ = &ticket_pool<Platform>::instance().take(*this);
  return run();
}

template <class Platform>
void async_wait<Platform>::go_on() {
  suspended_ = false;
  while (waits_on())
    if (is_suspended()) return;
  if (run()) over();
}

template <class Platform>
bool async_wait<Platform>::run() noexcept {
  while (!advance()) do {
      if (is_suspended()) return false;
    } while (waits_on());
  give_ticket_back();
  return true;
}

// Suspends it; false if its wait is over already.
template <class Platform>
bool async_wait<Platform>::is_suspended() noexcept {
  if (Platform::has_passed(until_next_look_)) return false;
  number_ = ticket_->number();
  if (!until_next_look_.is_never()) {
    alarm_.waiter = current_;
    alarm_.until = until_next_look_;
    timers_ = &basic_timers<Platform>::of(until_next_look_.clock());
    timers_->join(alarm_);
  }
  suspended_ = true;
  if (current_->begin_suspension()) return true;
  suspended_ = false;
  return false;
}

template <class Platform>
void async_wait<Platform>::resume() noexcept {
  const resumption<Platform> what(*ticket_, number_);
  post(what);
  // *this may be gone.
  what.ticket().note_posted(what.number());
}

// After a suspension: true if only our clock says that the deadline has passed. Then it has kept its
// place in the queue, for another suspension. Else notes how the wait in the queue ended.
template <class Platform>
bool async_wait<Platform>::waits_on() noexcept {
  const bool by_deadline =
      !naps_ && current_ != &patient_ && current_->stay_awake() == waiter::outcome::deadline_passed;
  if (!by_deadline || !is_renewed(until_)) {
    note_end();
    return false;
  }
  leave_timers();
  current_->wait_on();
  until_next_look_ = until_;
  return true;
}

template <class Platform>
void async_wait<Platform>::leave_timers() noexcept {
  if (timers_ != nullptr) timers_->leave(alarm_);
  timers_ = nullptr;
}

template <class Platform>
void async_wait<Platform>::note_end() noexcept {
  leave_timers();
  ended_ = basic_parking_lot<Platform>::instance().end_of(*place_, current_->stay_awake());
}

template <class Platform>
void async_wait<Platform>::abandon() noexcept {
  if (suspended_) {
    suspended_ = false;
    note_end();
    // Whoever has ended the suspension posts it, and needs *this until then. Nobody else comes any
    // more: it is in no queue, and no deadline and no stop will find it.
    if (current_->has_ended() && !ticket_->revoke(number_))
      fatal("coroutine", this, "a coroutine is destroyed while its executor resumes it",
            "Destroy it where its executor runs it, or stop the executor first");
    pass_on();
  }
  give_ticket_back();
}

template <class Platform>
void async_wait<Platform>::give_ticket_back() noexcept {
  if (ticket_ != nullptr) ticket_pool<Platform>::instance().give_back(*ticket_);
  ticket_ = nullptr;
}

template <class Platform>
bool async_wait<Platform>::queue(const void* key, function_ref<bool()> validate,
                                 std::uintptr_t about) noexcept {
  until_next_look_ = until();
  naps_ = false;
  return join_queue(key, validate, about);
}

template <class Platform>
bool async_wait<Platform>::queue_for(std::int64_t nap, const void* key,
                                     function_ref<bool()> validate) noexcept {
  until_next_look_ = earlier(until(), deadline::after(nap));
  naps_ = true;
  return join_queue(key, validate, 0);
}

template <class Platform>
bool async_wait<Platform>::join_queue(const void* key, function_ref<bool()> validate,
                                      std::uintptr_t about) noexcept {
  forget_how_it_ended();
  place_.emplace(key, *current_, about);
  return basic_parking_lot<Platform>::instance().queue(*place_, validate);
}

template <class Platform>
bool async_wait<Platform>::gives_up() noexcept {
  if (current_ == &patient_) return false;
  return waiter_.is_interrupted() || (Platform::has_passed(until_) && !is_renewed(until_));
}

}  // namespace holdfast::detail
