// SPDX-License-Identifier: BSL-1.0
// How one thread, fiber or coroutine waits until it is notified, interrupted, or its deadline passes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/futex.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// Lives on the stack of the thread or fiber that waits, or in the coroutine. Its state word has five
// bits:
//
//   bit         | meaning                              set by
//   notified    | taken out of its queue               whoever took it out, once for each wait
//   interrupted | asked to give up, for good           a stop callback, at any time
//   expired     | its deadline has passed              whoever keeps the time of a task
//   asleep      | the kernel has to be asked to wake   its own thread, before it sleeps
//   suspended   | its task has to be resumed           whoever suspends the task, when it has stopped
//
// A waiter that sees `interrupted` may still be in a queue or just have been taken out of one: the
// queue decides. One that is not asleep costs its notifier no system call. Of those who set one of
// the first three the first one after `suspended` resumes the task, and no other: so a suspension
// that has begun ends by exactly one resumption, and the task is there until then.
template <class Platform>
class basic_waiter {
 public:
  // For whoever is calling.
  basic_waiter() noexcept : task_(Platform::this_task()) {}
  // For a task that is suspended by other means than sleep().
  explicit basic_waiter(platform::task& of) noexcept : task_(&of) {}
  // For an OS thread, whatever it runs.
  explicit basic_waiter(std::nullptr_t) noexcept : task_(nullptr) {}
  basic_waiter(const basic_waiter&) = delete;
  basic_waiter& operator=(const basic_waiter&) = delete;

  enum class outcome : std::uint8_t { notified, interrupted, deadline_passed };

  // Sleeps until one of the three. `notified` goes before the others. Owner thread only.
  outcome sleep(const deadline& until) noexcept {
    if (task_ != nullptr) return sleep_as_task(until);
    for (;;) {
      const std::uint32_t seen =
          state_.load(order::acquire);  // [W1] what the notifier wrote before
      if ((seen & notified) != 0) return outcome::notified;
      if ((seen & interrupted) != 0) return outcome::interrupted;
      if (!is_marked_asleep(seen)) continue;
      if (Platform::futex_wait(state_, seen | asleep, until) ==
          platform::futex_result::deadline_passed) {
        if ((state_.load(order::acquire) & notified) != 0) return outcome::notified;  // [W1]
        return outcome::deadline_passed;
      }
    }
  }

  // The same once more, after a sleep that its deadline has ended.
  outcome sleep_on(const deadline& until) noexcept {
    wait_on();
    return sleep(until);
  }

  // The same without the sleep: how the wait ended, if it has ended.
  outcome stay_awake() const noexcept {
    const std::uint32_t seen = state_.load(order::acquire);  // [W1]
    if ((seen & notified) != 0) return outcome::notified;
    return (seen & interrupted) != 0 ? outcome::interrupted : outcome::deadline_passed;
  }

  // Sleeps until notified, whatever else: somebody has taken this waiter out of its queue and is
  // about to notify it. So near is the end of this that a task's thread sleeps.
  void sleep_until_notified() noexcept {
    for (;;) {
      const std::uint32_t seen = state_.load(order::acquire);  // [W1]
      if ((seen & notified) != 0) return;
      if (is_marked_asleep(seen)) Platform::futex_wait(state_, seen | asleep, deadline::never());
    }
  }

  // The two ends of a suspension: see platform::suspension.
  bool begin_suspension() noexcept {
    std::uint32_t seen = state_.load(order::relaxed);
    while ((seen & ends) == 0)
      if (state_.compare_exchange(seen, seen | suspended,
                                  order::release,  // [W2] whoever resumes it finds it stopped
                                  order::relaxed))
        return true;
    return false;
  }
  void expire() noexcept { set(expired); }

  // Whether it waits as a task: such a one leaves its CPU to others instead of watching.
  bool is_task() const noexcept { return task_ != nullptr; }

  // Watches for the end of the wait for a while, awake, in the hope that it is near, and gives the
  // CPU to others between looks: whoever is to notify may be waiting for it. Owner thread only,
  // before sleep().
  void hope(std::int64_t nanoseconds, const deadline& until) noexcept {
    if (is_task()) return;
    const std::int64_t yield_after = Platform::monotonic_now() + tuning::hope_before_yields_ns;
    watch(
        nanoseconds, until, [] { return false; },
        [yield_after](std::int64_t now) {
          if (now > yield_after) Platform::yield();
        });
  }

  // Watches the same way, until `enough` too, and keeps the CPU: somebody who sees that it is awake
  // may rely on that.
  template <class Enough>
  void watch(std::int64_t nanoseconds, const deadline& until, Enough enough) noexcept {
    watch(nanoseconds, until, enough, [](std::int64_t) {});
  }

  // Ends the sleep. The waiter may be gone when the wake is sent, so only its address is used for
  // that.
  void notify() noexcept { set(notified); }
  void interrupt() noexcept { set(interrupted); }

  // Whether anything has ended the wait, or its suspension.
  bool has_ended() const noexcept { return (state_.load(order::relaxed) & ends) != 0; }
  bool is_interrupted() const noexcept { return (state_.load(order::relaxed) & interrupted) != 0; }

  // For whoever takes it out of its queue: it has gone to sleep, or is about to.
  bool is_asleep() const noexcept {
    return (state_.load(order::relaxed) & (asleep | suspended)) != 0;
  }

  // Ready for another wait; an interruption stays.
  void rearm() noexcept { state_.fetch_and(interrupted, order::relaxed); }

  // Ready for another suspension of the same wait, after one that its deadline has ended. Both bits
  // at once: who sets one of the ends finds either, and resumes nobody who has not stopped again.
  void wait_on() noexcept {
    if (task_ != nullptr) state_.fetch_and(notified | interrupted, order::relaxed);
  }

 private:
  using order = platform::order;
  static constexpr std::uint32_t notified = 1;
  static constexpr std::uint32_t interrupted = 2;
  static constexpr std::uint32_t expired = 4;
  static constexpr std::uint32_t ends = notified | interrupted | expired;
  static constexpr std::uint32_t asleep = 8;
  static constexpr std::uint32_t suspended = 16;

  class wait_of_task final : public platform::suspension {
   public:
    explicit wait_of_task(basic_waiter& waiter) noexcept : waiter_(waiter) {}
    bool begin() noexcept override { return waiter_.begin_suspension(); }
    void expire() noexcept override { waiter_.expire(); }

   private:
    basic_waiter& waiter_;
  };

  HOLDFAST_COLD outcome sleep_as_task(const deadline& until) noexcept {
    wait_of_task wait(*this);
    if ((state_.load(order::relaxed) & ends) == 0) task_->suspend(wait, until);
    return stay_awake();
  }

  void set(std::uint32_t bit) noexcept {
    auto* const word = &state_;
    platform::task* const whom = task_;
    const std::uint32_t before = word->fetch_or(bit, order::acq_rel);  // [W1] [W2]
    // After this line *this may be gone, unless it is suspended and nobody has resumed it yet.
    if ((before & asleep) != 0) Platform::futex_wake(word, 1);
    if ((before & (suspended | ends)) == suspended) whom->resume();
  }

  template <class Enough, class Between>
  void watch(std::int64_t nanoseconds, const deadline& until, Enough enough,
             Between between) noexcept {
    if (Platform::cpu_count() == 1) return;
    std::int64_t now = Platform::monotonic_now();
    std::int64_t end = now + nanoseconds;
    if (until.clock() == deadline::clock_kind::monotonic && until.nanoseconds() < end)
      end = until.nanoseconds();
    do {
      for (unsigned i = 0; i < tuning::looks_between_clocks; ++i) {
        if (state_.load(order::relaxed) != 0 || enough()) return;
        Platform::pause();
      }
      between(now);
      now = Platform::monotonic_now();
    } while (now < end);
  }

  // False if the state has changed and must be looked at again. Who sets a bit after `asleep` sees
  // it; whoever set one before makes this fail.
  bool is_marked_asleep(std::uint32_t seen) noexcept {
    return (seen & asleep) != 0 ||
           state_.compare_exchange(seen, seen | asleep, order::relaxed, order::relaxed);
  }

  platform::task* const task_;  // null for an OS thread
  typename Platform::template atomic<std::uint32_t> state_;
};

// Waiters that a broadcast wakes at once, one less while the lock is held; the others are moved to the
// lock's queue. What is explored has fewer waiters than that, and other numbers.
template <class Platform>
struct broadcast {
  static constexpr unsigned woken() noexcept { return tuning::woken_by_broadcast; }
};

}  // namespace holdfast::detail
