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

  // Watches for the end of the wait for a while, awake, in the hope that it is near, or until
  // `enough`. Owner thread only, before sleep().
  void hope(std::int64_t nanoseconds, const deadline& until) noexcept {
    hope(nanoseconds, until, [] { return false; });
  }
  template <class Enough>
  void hope(std::int64_t nanoseconds, const deadline& until, Enough enough) noexcept {
    if (Platform::cpu_count() == 1) return;
    std::int64_t now = Platform::monotonic_now();
    const std::int64_t yield_after = now + tuning::hope_before_yields_ns;
    std::int64_t end = now + nanoseconds;
    if (until.clock() == deadline::clock_kind::monotonic && until.nanoseconds() < end)
      end = until.nanoseconds();
    do {
      for (unsigned i = 0; i < tuning::looks_between_clocks; ++i) {
        if (state_.load(order::relaxed) != 0 || enough()) return;
        Platform::pause();
      }
      // Whoever is to notify may be waiting for this CPU.
      if (now > yield_after) Platform::yield();
      now = Platform::monotonic_now();
    } while (now < end);
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

  // False if the state has changed and must be looked at again. Who sets a bit after `asleep` sees
  // it; whoever set one before makes this fail.
  bool is_marked_asleep(std::uint32_t seen) noexcept {
    return (seen & asleep) != 0 ||
           state_.compare_exchange(seen, seen | asleep, order::relaxed, order::relaxed);
  }

  typename Platform::template atomic<std::uint32_t> state_;
};

}  // namespace holdfast::detail
