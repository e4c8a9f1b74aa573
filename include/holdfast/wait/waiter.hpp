// SPDX-License-Identifier: BSL-1.0
// How one thread sleeps until it is notified, interrupted, or its deadline passes.
#pragma once

#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/futex.hpp"
#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// Lives on the stack of the thread that waits. Its state word has three bits:
//
//   bit         | meaning                              set by
//   notified    | taken out of its queue               whoever took it out, once for each wait
//   interrupted | asked to give up, for good           a stop callback, at any time
//   asleep      | the kernel has to be asked to wake   its own thread, before it sleeps
//
// A waiter that sees `interrupted` may still be in a queue or just have been taken out of one: the
// queue decides. One that is not asleep costs its notifier no system call.
template <class Platform>
class basic_waiter {
 public:
  basic_waiter() noexcept = default;
  basic_waiter(const basic_waiter&) = delete;
  basic_waiter& operator=(const basic_waiter&) = delete;

  enum class outcome : std::uint8_t { notified, interrupted, deadline_passed };

  // Sleeps until one of the three. `notified` goes before the others. Owner thread only.
  outcome sleep(const deadline& until) noexcept {
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

  // The same without the sleep: how the wait ended, if it has ended.
  outcome stay_awake() const noexcept {
    const std::uint32_t seen = state_.load(order::acquire);  // [W1]
    if ((seen & notified) != 0) return outcome::notified;
    return (seen & interrupted) != 0 ? outcome::interrupted : outcome::deadline_passed;
  }

  // Sleeps until notified, whatever else: somebody has taken this waiter out of its queue and is
  // about to notify it.
  void sleep_until_notified() noexcept {
    for (;;) {
      const std::uint32_t seen = state_.load(order::acquire);  // [W1]
      if ((seen & notified) != 0) return;
      if (is_marked_asleep(seen)) Platform::futex_wait(state_, seen | asleep, deadline::never());
    }
  }

  // Watches for the end of the wait for a while, awake, in the hope that it is near, and gives the
  // CPU to others between looks: whoever is to notify may be waiting for it. Owner thread only,
  // before sleep().
  void hope(std::int64_t nanoseconds, const deadline& until) noexcept {
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

  bool is_interrupted() const noexcept { return (state_.load(order::relaxed) & interrupted) != 0; }

  // For whoever takes it out of its queue: it has gone to sleep, or is about to.
  bool is_asleep() const noexcept { return (state_.load(order::relaxed) & asleep) != 0; }

  // Ready for another wait; an interruption stays.
  void rearm() noexcept { state_.fetch_and(interrupted, order::relaxed); }

 private:
  using order = platform::order;
  static constexpr std::uint32_t notified = 1;
  static constexpr std::uint32_t interrupted = 2;
  static constexpr std::uint32_t asleep = 4;

  void set(std::uint32_t bit) noexcept {
    auto* const word = &state_;
    const std::uint32_t before = word->fetch_or(bit, order::release);  // [W1]
    // After this line *this may be gone.
    if ((before & asleep) != 0) Platform::futex_wake(word, 1);
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

  typename Platform::template atomic<std::uint32_t> state_;
};

// Waiters that a broadcast wakes at once, one less while the lock is held; the others are moved to the
// lock's queue. What is explored has fewer waiters than that, and other numbers.
template <class Platform>
struct broadcast {
  static constexpr unsigned woken() noexcept { return tuning::woken_by_broadcast; }
};

}  // namespace holdfast::detail
