// SPDX-License-Identifier: BSL-1.0
// Who keeps the deadlines of those who do not sleep themselves.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/wait/futex_mutex.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// One deadline of one waiter. It must have left before either of them ends.
template <class Platform>
struct alarm {
  basic_waiter<Platform>* waiter = nullptr;
  deadline until = deadline::never();
  bool joined = false;        // all that follows is under the lock of the timers
  alarm* child = nullptr;     // its first, all of which come later
  alarm* sibling = nullptr;   // the next child of the same parent
  alarm* previous = nullptr;  // the sibling before, or the parent
};

// A pairing heap of alarms: joining costs one comparison, leaving the logarithm of their number, and
// neither needs memory. (Source: M. Fredman et al., The Pairing Heap, 1986.)
template <class Platform>
class alarm_heap {
 public:
  alarm<Platform>* first() const noexcept { return first_; }

  void insert(alarm<Platform>& a) noexcept {
    a.child = a.sibling = a.previous = nullptr;
    first_ = merge(first_, &a);
  }

  void remove(alarm<Platform>& a) noexcept {
    alarm<Platform>* const below = merge_siblings(a.child);
    if (&a == first_) {
      first_ = below;
      return;
    }
    (a.previous->child == &a ? a.previous->child : a.previous->sibling) = a.sibling;
    if (a.sibling != nullptr) a.sibling->previous = a.previous;
    first_ = merge(first_, below);
  }

 private:
  static alarm<Platform>* merge(alarm<Platform>* a, alarm<Platform>* b) noexcept {
    if (a == nullptr) return b;
    if (b == nullptr) return a;
    alarm<Platform>* const sooner = b->until.nanoseconds() < a->until.nanoseconds() ? b : a;
    alarm<Platform>* const later = sooner == a ? b : a;
    later->previous = sooner;
    later->sibling = sooner->child;
    if (sooner->child != nullptr) sooner->child->previous = later;
    sooner->child = later;
    return sooner;
  }

  static alarm<Platform>* merge_siblings(alarm<Platform>* rest) noexcept {
    alarm<Platform>* pairs = nullptr;
    while (rest != nullptr) {
      alarm<Platform>* const a = rest;
      alarm<Platform>* const b = a->sibling;
      rest = b != nullptr ? b->sibling : nullptr;
      alarm<Platform>* const pair = merge(a, b);
      pair->sibling = pairs;
      pairs = pair;
    }
    alarm<Platform>* all = nullptr;
    while (pairs != nullptr) {
      alarm<Platform>* const each = pairs;
      pairs = each->sibling;
      each->sibling = each->previous = nullptr;
      all = merge(all, each);
    }
    return all;
  }

  alarm<Platform>* first_ = nullptr;
};

// The alarms of one clock, and the thread that serves them.
template <class Platform>
class HOLDFAST_EXPORT basic_timers {
 public:
  // The timers of a clock. Their thread is started by the first call; throws std::system_error if
  // the system has none.
  static basic_timers& of(deadline::clock_kind clock);

  // Has the waiter expire when its deadline has passed.
  void join(alarm<Platform>& a) noexcept;

  // It will not, or has done so, when this returns.
  void leave(alarm<Platform>& a) noexcept;

  // One round of the thread: expires a waiter, or sleeps until there may be one to expire.
  void serve() noexcept;

 private:
  using order = platform::order;

  futex_mutex<Platform> mutex_;
  alarm_heap<Platform> alarms_;       // under the mutex
  alarm<Platform>* rings_ = nullptr;  // whose waiter is being expired: under the mutex
  typename Platform::template atomic<std::uint32_t> changes_;  // of the first alarm
};

}  // namespace holdfast::detail
