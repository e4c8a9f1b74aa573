// SPDX-License-Identifier: BSL-1.0
// One thread that runs fibers.
#pragma once

#include <cfenv>
#include <cstddef>
#include <cstdint>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/futex_mutex.hpp"

#include "fiber/context.hpp"
#include "fiber/inbox.hpp"
#include "fiber/ready_queue.hpp"

namespace holdfast::fiber::detail {

class crew;

// A fiber that stops switches to the next one directly. What has to be done for it when it has
// stopped - to queue it again, to let it be resumed, to free its stack - is done by the one that goes
// on, for as long as its stack is in use nobody else may have it.
//
// A fiber may stop on one runner and go on on another: then `this` of a member that switches is no
// longer the runner of whoever returns from it.
class runner {
 public:
  explicit runner(crew& of) noexcept;
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  // Of the calling thread; null if it runs no fibers. To be asked anew after each switch.
  static runner* of_this_thread() noexcept { return of_thread_; }

  // That of the fiber that is calling; null if it is none.
  static runner* of_this_fiber() noexcept {
    runner* const here = of_thread_;
    return here == nullptr || here->current_ == &here->main_ ? nullptr : here;
  }
  static context* this_fiber() noexcept {
    runner* const here = of_this_fiber();
    return here == nullptr ? nullptr : here->current_;
  }

  // Runs fibers on the calling thread until the crew's work is done. False if it is run already.
  bool run();

  // The four ways in which the running fiber stops.
  bool yield() noexcept;  // false if no other is ready
  void suspend(platform::suspension& wait, const deadline& until) noexcept;
  void park() noexcept { leave_for_any(after::nothing); }  // until make_ready_here(); inlined
  [[noreturn]] void end() noexcept;

  // From now on the running fiber has rounding modes and traps of its own.
  void keep_float_environment() noexcept;

  // The next yield looks whether a deadline has passed.
  void look_soon() noexcept { switches_until_look_ = 1; }

  // The same as yield(), inlined.
  bool yield_here() noexcept;

  // The first thing in a fiber that goes on: what the one before it needs.
  static void arrive(context& before) noexcept;

  // On this runner's thread.
  void make_ready(context& who) noexcept;
  void make_ready_here(context& who) noexcept { push(who); }

  // From any thread, while the crew is there.
  void deliver(context& who) noexcept { inbox_.add(who); }
  bool wake() noexcept { return inbox_.wake(); }

  // Frees those that have not begun: nobody runs here any more.
  void drop_all() noexcept;

  crew& its_crew() noexcept { return crew_; }
  bool is_shared() const noexcept { return is_shared_; }
  context& current() noexcept { return *current_; }

 private:
  using lock = holdfast::detail::futex_mutex<platform::native>;
  class guards_ready;
  enum class after : std::uint8_t { nothing, queue, begin, end };

  void leave(context& next, after what) noexcept;
  void leave_for_any(after what) noexcept;
  void settle_slow(context& before) noexcept;
  HOLDFAST_COLD void save_float_environment_slow(context& me) noexcept;
  HOLDFAST_COLD void load_float_environment_slow() noexcept;
  void push(context& who) noexcept;
  void requeue(context& who) noexcept;
  context* pop() noexcept;
  void look_around() noexcept;
  context* steal() noexcept;
  void give_to(runner& thief) noexcept;
  bool has_work() noexcept;
  bool others_have_work() noexcept;
  void idle() noexcept;
  bool watch_for_work() noexcept;

  // Sealed as initial-exec, so that it is read by one instruction, and never by an address that was
  // computed before a switch.
  static thread_local constinit runner* of_thread_ [[gnu::tls_model("initial-exec")]];

  context* current_;
  ready_queue ready_;  // under ready_lock_ if others may take from it
  unsigned switches_until_look_ = 1;
  const bool is_shared_;
  after after_ = after::nothing;
  platform::suspension* wait_ = nullptr;  // of the fiber that has just stopped here
  deadline until_ = deadline::never();
  platform::thread_state thread_;
  std::fenv_t float_environment_;  // the thread's, while a fiber runs that has its own
  crew& crew_;
  platform::atomic<bool> is_run_;
  context main_;
  lock ready_lock_;
  basic_inbox<platform::native, context> inbox_;
};

}  // namespace holdfast::fiber::detail
