// SPDX-License-Identifier: BSL-1.0
// The timers of those who do not sleep themselves.
#include "model/coroutine_programs.hpp"

namespace holdfast::verify {
namespace {

using model::bare;
using model::scenario;

// The real timers: somebody waits with a deadline that may pass, and leaves at any time.
auto rings() {
  return [](scenario& s) {
    struct waits {
      detail::basic_waiter<bare> waiter;
      detail::alarm<bare> alarm;
      waits(detail::basic_timers<bare>& timers, const deadline& until) {
        alarm.waiter = &waiter;
        alarm.until = until;
        timers.join(alarm);
      }
    };
    auto& timers = s.make<detail::basic_timers<bare>>("timers");
    auto& last = s.make<detail::basic_waiter<bare>>("last waiter");
    s.thread("waits", [&timers, &last] {
      {
        waits some(timers, model::any_time());
        timers.leave(some.alarm);
      }
      detail::alarm<bare> end;
      end.waiter = &last;
      end.until = deadline::already_past();
      timers.join(end);
      while (!last.has_ended()) bare::pause();
      timers.leave(end);
    });
    s.thread("timers", [&timers, &last] {
      while (!last.has_ended()) timers.serve();
    });
  };
}

const bool timers =
    add({"timers", {"timers_algorithm.hpp"}, {{"1 alarm", by_content(bounded(2)), rings()}}, {}});

}  // namespace
}  // namespace holdfast::verify
