// SPDX-License-Identifier: BSL-1.0
// Joining, leaving and expiring.
#include "wait/timers.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "holdfast/platform/clock.hpp"

namespace holdfast::detail {
namespace {

// A deadline in civil time is looked at again so often, as somebody may set that clock.
constexpr std::int64_t civil_look_ns = 100'000'000;

std::int64_t next_look(const deadline& until) noexcept {
  if (until.clock() == deadline::clock_kind::monotonic) return until.nanoseconds();
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  const std::int64_t left = saturated_difference(until.nanoseconds(), now);
  return platform::monotonic_now() + std::clamp<std::int64_t>(left, 0, civil_look_ns);
}

}  // namespace

bool timers::add(timer& t) noexcept {
  t.when = next_look(t.until);
  const std::scoped_lock hold(mutex_);
  insert(t);
  return heap_.first() == &t;
}

void timers::remove(timer& t) noexcept {
  const std::scoped_lock hold(mutex_);
  if (t.joined) take_out(t);
}

void timers::expire_due() noexcept {
  if (earliest() == never) return;
  const std::int64_t now = platform::monotonic_now();
  if (now < earliest()) return;
  const std::scoped_lock hold(mutex_);
  while (heap_.first() != nullptr && heap_.first()->when <= now) {
    timer& due = *heap_.first();
    take_out(due);
    if (due.until.clock() == deadline::clock_kind::civil && !due.until.has_passed()) {
      due.when = std::max(next_look(due.until), now + 1);
      insert(due);
      continue;
    }
    due.wait->expire();  // who goes on by that removes `due` first, and so waits for us
  }
}

void timers::insert(timer& t) noexcept {
  heap_.insert(t);
  t.joined = true;
  note_earliest();
}

void timers::take_out(timer& t) noexcept {
  heap_.remove(t);
  t.joined = false;
  note_earliest();
}

void timers::note_earliest() noexcept {
  const timer* const first = heap_.first();
  earliest_.store(first == nullptr ? never : first->when, platform::order::relaxed);
}

}  // namespace holdfast::detail
