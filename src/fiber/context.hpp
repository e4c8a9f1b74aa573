// SPDX-License-Identifier: BSL-1.0
// What a fiber is to those who run it.
#pragma once

#include <cfenv>
#include <cstddef>

#include "holdfast/fiber/handle.hpp"
#include "holdfast/platform/fiber_stack.hpp"
#include "holdfast/platform/task.hpp"

#include "fiber/local_values.hpp"
#include "platform/machine_context.hpp"
#include "platform/switch_watchers.hpp"
#include "wait/timers.hpp"

namespace holdfast::fiber::detail {

class runner;

// Lies at the top of its own stack. A runner has one of its own too, for its thread's stack.
//
//  where it is  | it is owned by
//  running      | the runner whose current() it is
//  ready        | the queue or inbox that it stands in, linked by `next`
//  suspended    | its waiter, from begin() on: whoever ends the wait resumes it
//  parked       | a fiber_lock, or who else will make it ready on its own thread
//
// Whoever takes it out of one of these has it for itself; it is handed on with a release and taken
// with an acquire.
class context final : public platform::task {
 public:
  // For a thread's own stack.
  context() noexcept : task(platform::next_task_id()) {}

  // For a fiber that runs `runs` on the stack `on`.
  context(const platform::fiber_stack& on, state& runs) noexcept;

  // Puts one at the top of `on`.
  static context& make(const platform::fiber_stack& on, state& runs) noexcept;

  void suspend(platform::suspension& wait, const deadline& until) noexcept override;
  void resume() noexcept override;
  void yield() noexcept override;

  // Ends the program if this must not leave its thread now.
  void refuse_switch() const noexcept {
    refuse_switch_of_thread_owner(
        "a fiber waits, yields or ends while it holds a lock that belongs to its thread");
  }

  platform::machine_context where;  // it goes on, while it does not run
  runner* home = nullptr;           // where it runs, or ran last
  context* next = nullptr;
  task* as_task = nullptr;  // this; null for a thread's own stack
  bool keeps_float_environment = false;
  platform::task_state own;
  [[no_unique_address]] platform::switch_watchers watchers;

  state* shared = nullptr;
  holdfast::detail::timer timer;
  platform::fiber_stack stack;
  unsigned stack_id = 0;  // by which valgrind knows it

  // In the line before a fiber_lock. Its own link, as a wait may have ended before it leaves the line.
  context* next_in_line;
  void* served_by = nullptr;  // the waiter of a wait with an end

  local_values locals;
  std::fenv_t float_environment;  // while it does not run, if it keeps one
};

}  // namespace holdfast::fiber::detail
