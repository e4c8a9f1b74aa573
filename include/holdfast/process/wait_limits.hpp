// SPDX-License-Identifier: BSL-1.0
// When a wait between processes has to give up, from the arguments that waits take.
#pragma once

#include <cstdint>

#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/futex.hpp"

namespace holdfast::process::detail {

struct wait_limits {
  deadline until = deadline::never();
  const platform::atomic<std::uint32_t>* stop = nullptr;  // not 0: a stop has been requested
  // Of `until`; asked by ended().
  holdfast::detail::renewal renews = holdfast::detail::renewal::none();

  bool stopped() const noexcept {
    return stop != nullptr && stop->load(platform::order::relaxed) != 0;
  }
  bool reached() const noexcept { return stopped() || until.has_passed(); }
  // The same for a wait that keeps its place while the clock of its caller runs slower than ours.
  bool ended() noexcept { return stopped() || (until.has_passed() && !renews(until)); }
};

// A stop as a word that a sleeper can watch.
template <stop_token_like Stop>
class stop_word {
 public:
  explicit stop_word(const Stop& stop) : on_stop_(stop, call{&word_}) {}
  const platform::atomic<std::uint32_t>* address() const noexcept { return &word_; }

 private:
  struct call {
    platform::atomic<std::uint32_t>* word;
    void operator()() const noexcept {
      word->store(1, platform::order::relaxed);
      platform::futex_wake(word, 1);
    }
  };
  platform::atomic<std::uint32_t> word_;
  std::stop_callback<call> on_stop_;
};

// Calls `wait(limits)`, which is true for success, as the arguments say: none, a duration, a point in
// time, a stop_token, or a deadline and a stop_token.
template <class Wait>
bool wait_within(Wait wait) {
  return wait(wait_limits{});
}
template <class Wait>
bool wait_within(Wait wait, const deadline& until) {
  return wait(wait_limits{until});
}
template <class Wait, duration_like Duration>
bool wait_within(Wait wait, const Duration& duration) {
  return wait(wait_limits{deadline::in(duration)});
}
template <class Wait, time_point_like TimePoint>
bool wait_within(Wait wait, const TimePoint& point) {
  do {
    if (wait(wait_limits{deadline::at(point)})) return true;
  } while (!deadline::reached(point));  // a clock of the caller's may run slower than ours
  return false;
}
// A stop that was requested before is not a wait at all.
template <class Wait, stop_token_like Stop>
bool wait_within(Wait wait, const deadline& until, const Stop& stop) {
  if (stop.stop_requested()) return false;
  const stop_word<Stop> word(stop);
  return wait(wait_limits{until, word.address()});
}
template <class Wait, stop_token_like Stop>
bool wait_within(Wait wait, const Stop& stop) {
  return wait_within(wait, deadline::never(), stop);
}

}  // namespace holdfast::process::detail
