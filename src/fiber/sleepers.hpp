// SPDX-License-Identifier: BSL-1.0
// Which of the threads that run the same fibers are asleep, and which of those looks after the
// deadlines.
#pragma once

#include <cstdint>

#include "holdfast/platform/atomic.hpp"

namespace holdfast::fiber::detail {

// Two parties that must not miss each other: a runner that goes to sleep, and whoever makes something
// ready, or a deadline the earliest. Each says what it does, then has a full fence, and then looks
// what the other has said. So the runner sees what there is, or is seen, and woken.
template <class Platform, class Runner>
class basic_sleepers {
 public:
  // A runner that is about to sleep, and has announced that to its inbox. After this it looks once
  // more for something ready, and sleeps until keeps_time() says.
  void join(Runner& who) noexcept {
    asleep_.fetch_add(1, order::relaxed);
    Platform::fence_seq_cst();
    Runner* nobody = nullptr;
    if (timekeeper_.load(order::relaxed) == nullptr &&
        timekeeper_.compare_exchange(nobody, &who, order::relaxed, order::relaxed))
      Platform::fence_seq_cst();
  }

  // Of the one that looks after the deadlines, which are looked at after this.
  bool keeps_time(const Runner& who) const noexcept {
    return timekeeper_.load(order::relaxed) == &who;
  }

  // It is awake. True if it looked after the deadlines: then another sleeper has to, if there are
  // any, and is woken for that.
  bool leave(Runner& who) noexcept {
    asleep_.fetch_add(~0U, order::relaxed);
    if (!keeps_time(who)) return false;
    timekeeper_.store(nullptr, order::relaxed);
    return true;
  }

  // After something was made ready.
  bool any() const noexcept {
    Platform::fence_seq_cst();
    return asleep_.load(order::relaxed) != 0;
  }

  // After a deadline was made the earliest. Null if nobody sleeps until one.
  Runner* timekeeper() const noexcept {
    Platform::fence_seq_cst();
    return timekeeper_.load(order::relaxed);
  }

 private:
  using order = platform::order;

  typename Platform::template atomic<std::uint32_t> asleep_;
  typename Platform::template atomic<Runner*> timekeeper_;
};

}  // namespace holdfast::fiber::detail
