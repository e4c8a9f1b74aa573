// SPDX-License-Identifier: BSL-1.0
// How one thread sleeps until it is notified, interrupted, or its deadline passes.
#pragma once

#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/futex.hpp"

namespace holdfast::detail {

// Lives on the stack of the thread that waits. Its state word has two bits:
//
//   notified interrupted | meaning                          set by
//      0         0       | asleep, or about to sleep        -
//      1         0       | taken out of its queue           whoever took it out, exactly once per
//      wait x         1       | asked to give up, for good       a stop callback, at any time
//
// A waiter that sees `interrupted` may still be in a queue or just have been taken out of one: the
// queue decides.
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
      if (Platform::futex_wait(state_, seen, until) == platform::futex_result::deadline_passed) {
        if ((state_.load(order::acquire) & notified) != 0) return outcome::notified;  // [W1]
        return outcome::deadline_passed;
      }
    }
  }

  // Sleeps until notified, whatever else: somebody has taken this waiter out of its queue and is
  // about to notify it.
  void sleep_until_notified() noexcept {
    for (;;) {
      const std::uint32_t seen = state_.load(order::acquire);  // [W1]
      if ((seen & notified) != 0) return;
      Platform::futex_wait(state_, seen, deadline::never());
    }
  }

  // Ends the sleep. The waiter may be gone when the wake is sent, so only its address is used for
  // that.
  void notify() noexcept { set(notified); }
  void interrupt() noexcept { set(interrupted); }

  bool is_interrupted() const noexcept { return (state_.load(order::relaxed) & interrupted) != 0; }

  // Ready for another wait; an interruption stays.
  void rearm() noexcept { state_.fetch_and(static_cast<std::uint32_t>(~notified), order::relaxed); }

 private:
  using order = platform::order;
  static constexpr std::uint32_t notified = 1;
  static constexpr std::uint32_t interrupted = 2;

  void set(std::uint32_t bit) noexcept {
    auto* const word = &state_;
    word->fetch_or(bit, order::release);  // [W1]
    // After this line *this may be gone.
    Platform::futex_wake(word, 1);
  }

  typename Platform::template atomic<std::uint32_t> state_;
};

}  // namespace holdfast::detail
