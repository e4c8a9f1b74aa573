// SPDX-License-Identifier: BSL-1.0
// The timers, compiled, and their threads.
#include "coroutine/timers_algorithm.hpp"
#include "platform/endless_thread.hpp"
#include "platform/instances.hpp"
#include "platform/process_wide.hpp"

namespace holdfast::detail {
namespace {

// Of one clock. Its thread serves until the program ends.
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

// Two threads, as one cannot sleep until the sooner of two clocks when one of them may be set. Neither
// of them exists in the child of a fork, nor do those who waited.
template <class Platform>
struct both_clocks {
  served_timers<Platform> of[2];
};

}  // namespace

template <class Platform>
basic_timers<Platform>& basic_timers<Platform>::of(deadline::clock_kind clock) {
  auto& clocks = platform::process_wide<both_clocks<Platform>>();
  served_timers<Platform>& those = clocks.of[clock == deadline::clock_kind::civil];
  those.start();
  return those.timers;
}

}  // namespace holdfast::detail

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::basic_timers<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)
