// SPDX-License-Identifier: BSL-1.0
// One wait of a coroutine: how it is queued, suspended, resumed and given up, whatever it is for.
#pragma once

#include <cstdint>
#include <optional>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/function_ref.hpp"
#include "holdfast/coroutine/ticket.hpp"
#include "holdfast/coroutine/timers.hpp"
#include "holdfast/park/parking_lot.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// Lives in the coroutine's frame and is used by one thread at a time: the coroutine's own, then
// whoever its executor resumes it on, or whoever destroys it. Who ends a suspension (by a
// notification, a stop or the deadline) only posts a resumption to the executor. All that follows
// (looking how the suspension ended, trying again, suspending again) is done there.
template <class Platform>
class HOLDFAST_EXPORT async_wait : private platform::task {
 public:
  using waiter = basic_waiter<Platform>;

  async_wait(const async_wait&) = delete;
  async_wait& operator=(const async_wait&) = delete;

  // By the executor, with a ticket that was good.
  void go_on();

 protected:
  async_wait() noexcept : task(nobodys_id) {}
  ~async_wait() = default;

  // Until it is over (true), or it is suspended (false): then another thread may resume or even
  // destroy the coroutine by now, and nothing of it may be touched. Throws what memory for a ticket
  // or a thread for the timers throws, before anything has been done.
  bool start(const deadline& until);

  // By the destructor of what is derived, which knows how to pass on: leaves the queue without a
  // trace if the coroutine is suspended.
  void abandon() noexcept;

  // One step: true if the wait is over, false if it has been queued.
  virtual bool advance() noexcept = 0;
  // The coroutine is gone, and what it has been given, as ended() says, is for others.
  virtual void pass_on() noexcept = 0;
  // The deadline has passed on our clock: whether it has not on its own, and then the next look.
  virtual bool is_renewed(deadline&) noexcept { return false; }
  // To the executor. May be resumed, and gone, before that returns.
  virtual void post(resumption<Platform> what) noexcept = 0;
  // Resumes the coroutine.
  virtual void over() = 0;

  // For advance(). Until its end, or for `nap` nanoseconds at most.
  bool queue(const void* key, function_ref<bool()> validate, std::uintptr_t about = 0) noexcept;
  bool queue_for(std::int64_t nap, const void* key, function_ref<bool()> validate) noexcept;
  // How the last suspension ended.
  const park_result& ended() const noexcept { return ended_; }
  void forget_how_it_ended() noexcept { ended_ = {park_end::not_parked, 0}; }
  // Asked after each step that was in vain.
  bool gives_up() noexcept;
  deadline until() const noexcept { return current_ == &patient_ ? deadline::never() : until_; }

  // For a wait in several parts. While it is patient nothing but a notification ends a part.
  void be_patient(bool patient) noexcept { current_ = patient ? &patient_ : &waiter_; }

  // What a stop interrupts.
  waiter& stoppable() noexcept { return waiter_; }

 private:
  // It never runs as this_task(), so its id tells nobody anything.
  static constexpr std::uintptr_t nobodys_id = 1;

  void suspend(platform::suspension&, const deadline&) noexcept final {}
  void yield() noexcept final {}
  void resume() noexcept final;

  bool run() noexcept;
  bool is_suspended() noexcept;
  bool waits_on() noexcept;
  void leave_timers() noexcept;
  void note_end() noexcept;
  bool join_queue(const void* key, function_ref<bool()> validate, std::uintptr_t about) noexcept;
  void give_ticket_back() noexcept;

  waiter waiter_{static_cast<platform::task&>(*this)};
  waiter patient_{static_cast<platform::task&>(*this)};
  waiter* current_ = &waiter_;
  std::optional<typename basic_parking_lot<Platform>::waiter> place_;
  alarm<Platform> alarm_;
  basic_timers<Platform>* timers_ = nullptr;  // where the alarm has joined
  deadline until_ = deadline::never();
  deadline until_next_look_ = deadline::never();
  bool naps_ = false;  // the next look comes before the deadline
  basic_ticket<Platform>* ticket_ = nullptr;
  std::uint64_t number_ = 0;  // of this suspension
  park_result ended_{park_end::not_parked, 0};
  bool suspended_ = false;
};

}  // namespace holdfast::detail
