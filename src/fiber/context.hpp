// SPDX-License-Identifier: BSL-1.0
// What a fiber is to those who run it.
#pragma once

#include <cstddef>

#include <boost/context/detail/fcontext.hpp>

#include "holdfast/fiber/handle.hpp"
#include "holdfast/platform/fiber_stack.hpp"
#include "holdfast/platform/task.hpp"

#include "fiber/local_values.hpp"
#include "platform/switch_watchers.hpp"
#include "wait/timers.hpp"

namespace holdfast::fiber::detail {

class runner;

using machine_context = boost::context::detail::fcontext_t;

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

  machine_context where = nullptr;  // it goes on, while it does not run
  runner* home = nullptr;           // where it runs, or ran last
  context* next = nullptr;
  task* as_task = nullptr;  // this; null for a thread's own stack
  bool has_begun = true;    // or starts where `where` says
  platform::task_state own;
  [[no_unique_address]] platform::switch_watchers watchers;

  state* shared = nullptr;
  holdfast::detail::timer timer;
  platform::fiber_stack stack;
  unsigned stack_id = 0;  // by which valgrind knows it
  local_values locals;
};

}  // namespace holdfast::fiber::detail
