// SPDX-License-Identifier: BSL-1.0
// Joining, leaving and expiring.
#include "wait/timers.hpp"

#include <algorithm>
#include <mutex>

#include "holdfast/platform/clock.hpp"

namespace holdfast::detail {

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
