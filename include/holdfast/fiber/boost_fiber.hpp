// SPDX-License-Identifier: BSL-1.0
// Lets the fibers of Boost.Fiber wait on holdfast's locks: the next fiber runs, not the thread sleeps.
// Needs Boost.Fiber 1.74 (link Boost::fiber), and nothing of holdfast::fiber but this header.
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <system_error>

#include <boost/fiber/context.hpp>
#include <boost/fiber/detail/spinlock.hpp>
#include <boost/fiber/fss.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/task.hpp"

#if __has_include(<boost/fiber/waker.hpp>)
#error \
    "holdfast/fiber/boost_fiber.hpp: this release of Boost.Fiber wakes its fibers in another way than 1.74"
#endif

namespace holdfast::fiber {

namespace detail {

// The Boost scheduler of the calling thread, where its fibers wait as tasks.
inline thread_local constinit boost::fibers::scheduler* boost_scheduler_here = nullptr;

// One Boost fiber, as those see it whom it waits for.
//
// The gate decides between a fiber that stops and whoever resumes it. A fiber keeps it shut from
// before its wait may end until it has stopped: Boost opens it after the switch. Whoever resumes it
// keeps it shut until Boost has the fiber, and Boost's scheduler is done with that: a fiber that goes
// on has to come through the gate first, so it and its scheduler are there until then.
class boost_task final : public platform::task {
 public:
  boost_task() noexcept : task(platform::next_task_id()) {}

  void suspend(platform::suspension& wait, const deadline& until) noexcept override {
    refuse_switch_of_thread_owner(held_for_thread);
    gate hold(gate_);
    resumed_ = false;
    // Not stopped yet, but nobody comes through the gate before it is.
    if (!wait.begin()) return;
    bool has_deadline = !until.is_never();
    while (!resumed_) {
      if (has_deadline && until.has_passed()) {
        // Resumes this task, and so sets resumed_; or somebody else does that, perhaps only now.
        has_deadline = false;
        hold.unlock();
        wait.expire();
        hold.lock();
      } else if (has_deadline) {
        stop_until(time_point(std::chrono::nanoseconds(holdfast::detail::next_look(until))), hold);
      } else {
        stop(hold);
      }
    }
  }

  void resume() noexcept override {
    const gate hold(gate_);
    resumed_ = true;
    if (stopped_ == nullptr || !wins_against_deadline()) return;  // it goes on by itself
    if (stopped_->get_scheduler() == boost_scheduler_here)
      stopped_->get_scheduler()->schedule(stopped_);
    else
      stopped_->get_scheduler()->schedule_from_remote(stopped_);
    // When the gate is open, *this may be gone.
  }

  void yield() noexcept override {
    refuse_switch_of_thread_owner(held_for_thread);
    boost::this_fiber::yield();
  }

  // That of the Boost fiber that runs; this one is of the thread's main fiber. Allocates once for
  // each other fiber.
  task* current() noexcept override {
    using boost::fibers::type;
    const auto* const running = boost::fibers::context::active();
    if (running->is_context(type::main_context)) return this;
    if (running->is_context(type::dispatcher_context)) return nullptr;  // waits as the thread
    boost::fibers::fiber_specific_ptr<boost_task>& own = of_each_fiber();
    // Without memory for it the program ends, as this must not throw.
    if (own.get() == nullptr)
      own.reset(new boost_task);  // NOLINT(bugprone-unhandled-exception-at-new)
    return own.get();
  }

 private:
  static constexpr const char* held_for_thread =
      "a Boost fiber waits or yields while it holds a lock that belongs to its thread";

  using gate = boost::fibers::detail::spinlock_lock;
  using time_point = std::chrono::steady_clock::time_point;

  static boost::fibers::fiber_specific_ptr<boost_task>& of_each_fiber() {
    static boost::fibers::fiber_specific_ptr<boost_task> all;
    return all;
  }

  void stop(gate& hold) noexcept {
    stopped_ = boost::fibers::context::active();
    stopped_->suspend(hold);
    hold.lock();
    stopped_ = nullptr;
  }

  // The same, until `look` at the latest.
  void stop_until(const time_point& look, gate& hold) noexcept {
    boost::fibers::context& me = *boost::fibers::context::active();
    stopped_ = &me;
    sleeps_ = true;
    me.twstatus.store(as_status(), std::memory_order_relaxed);
    me.wait_until(look, hold);
    hold.lock();
    stopped_ = nullptr;
    sleeps_ = false;
    me.twstatus.store(0, std::memory_order_relaxed);
  }

  // Boost makes a fiber ready when its time has come, and marks it so that nobody else does; and the
  // other way round. The mark alone decides; what has to be seen comes through the gate.
  bool wins_against_deadline() noexcept {
    if (!sleeps_) return true;
    constexpr std::intptr_t notified = -1;
    std::intptr_t seen = as_status();
    return stopped_->twstatus.compare_exchange_strong(seen, notified, std::memory_order_relaxed);
  }
  std::intptr_t as_status() const noexcept { return reinterpret_cast<std::intptr_t>(this); }

  boost::fibers::detail::spinlock gate_;
  boost::fibers::context* stopped_ =
      nullptr;            // the fiber, if it has stopped here; behind the gate,
  bool sleeps_ = false;   // as are: Boost wakes it when its time has come
  bool resumed_ = false;  // the wait has ended
};

}  // namespace detail

// While it lives, the Boost fibers of the calling thread, its main one included, wait on holdfast's
// locks, conditions, semaphores and queues as fibers: another Boost fiber runs meanwhile. One for each
// thread, made before they wait, and destroyed there when they have ended. If fibers move between
// threads (shared_work, work_stealing), all these threads have one until all these fibers have ended.
class boost_fibers_wait_here {
 public:
  // Throws std::system_error (operation_not_permitted) where there is one already, and in a fiber of
  // holdfast.
  boost_fibers_wait_here() {
    if (platform::this_threads_task != nullptr)
      throw std::system_error(EPERM, std::generic_category(),
                              "holdfast: boost_fibers_wait_here in a thread that has one, or runs "
                              "fibers of holdfast: make one, in the thread's main function");
    detail::boost_scheduler_here = boost::fibers::context::active()->get_scheduler();
    platform::this_threads_task = &main_;
  }
  boost_fibers_wait_here(const boost_fibers_wait_here&) = delete;
  boost_fibers_wait_here& operator=(const boost_fibers_wait_here&) = delete;
  ~boost_fibers_wait_here() {
    platform::this_threads_task = nullptr;
    detail::boost_scheduler_here = nullptr;
  }

 private:
  detail::boost_task main_;
};

}  // namespace holdfast::fiber
