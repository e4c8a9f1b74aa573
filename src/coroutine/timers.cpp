// SPDX-License-Identifier: BSL-1.0
// The timers, compiled, and their threads.
#include <new>

#include "holdfast/platform/fork.hpp"

#include "coroutine/timers_algorithm.hpp"
#include "platform/endless_thread.hpp"
#include "platform/instances.hpp"

namespace holdfast::detail {
namespace {

// Of one clock. Never destroyed: its thread serves until the program ends.
template <class Platform>
struct served_timers {
  basic_timers<Platform> timers;
  futex_mutex<Platform> mutex;
  bool has_thread = false;  // under the mutex

  void start() {
    struct held {
      futex_mutex<Platform>& mutex;
      explicit held(futex_mutex<Platform>& of) noexcept : mutex(of) { mutex.lock(); }
      held(const held&) = delete;
      held& operator=(const held&) = delete;
      ~held() { mutex.unlock(); }
    };
    const held hold(mutex);
    if (has_thread) return;
    platform::begin_endless_thread(
        [](void* self) {
          for (;;) static_cast<served_timers*>(self)->timers.serve();
        },
        this);
    has_thread = true;
  }
};

template <class Platform>
union both_clocks {
  served_timers<Platform> of[2];
  both_clocks() noexcept : of() {}
  ~both_clocks() {}
};

// Two threads, as one cannot sleep until the sooner of two clocks when one of them may be set.
template <class Platform>
both_clocks<Platform>& clocks() noexcept {
  static both_clocks<Platform> all;
  // The thread does not exist in the child of a fork, nor do those who waited.
  static const bool prepared = [] {
    platform::after_fork_in_child([] { ::new (static_cast<void*>(&all)) both_clocks<Platform>; });
    return true;
  }();
  static_cast<void>(prepared);
  return all;
}

}  // namespace

template <class Platform>
basic_timers<Platform>& basic_timers<Platform>::of(deadline::clock_kind clock) {
  served_timers<Platform>& those = clocks<Platform>().of[clock == deadline::clock_kind::civil];
  those.start();
  return those.timers;
}

}  // namespace holdfast::detail

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::basic_timers<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)
