// SPDX-License-Identifier: BSL-1.0
// A binary heap of deadlines.
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

void timers::one_more() {
  const std::scoped_lock hold(mutex_);
  if (rooms_ == heap_.size()) heap_.resize(std::max<std::size_t>(16, 2 * heap_.size()));
  ++rooms_;
}

void timers::one_less() noexcept {
  const std::scoped_lock hold(mutex_);
  --rooms_;
}

bool timers::add(timer& t) noexcept {
  t.when = next_look(t.until);
  const std::scoped_lock hold(mutex_);
  insert(t);
  return t.place == 0;
}

void timers::remove(timer& t) noexcept {
  const std::scoped_lock hold(mutex_);
  if (t.place != timer::nowhere) take_out(t);
}

void timers::expire_due() noexcept {
  if (earliest() == never) return;
  const std::int64_t now = platform::monotonic_now();
  if (now < earliest()) return;
  const std::scoped_lock hold(mutex_);
  while (count_ != 0 && heap_[0]->when <= now) {
    timer& due = *heap_[0];
    take_out(due);
    if (due.until.clock() == deadline::clock_kind::civil && !due.until.has_passed()) {
      due.when = std::max(next_look(due.until), now + 1);
      insert(due);
      continue;
    }
    due.wait->expire();
    // After this line `due` may be gone.
  }
}

void timers::put(timer& t, std::size_t place) noexcept {
  heap_[place] = &t;
  t.place = place;
}

void timers::sift_up(timer& t) noexcept {
  std::size_t place = t.place;
  while (place != 0 && t.when < heap_[(place - 1) / 2]->when) {
    put(*heap_[(place - 1) / 2], place);
    place = (place - 1) / 2;
  }
  put(t, place);
}

void timers::sift_down(timer& t) noexcept {
  std::size_t place = t.place;
  for (;;) {
    std::size_t child = 2 * place + 1;
    if (child >= count_) break;
    if (child + 1 < count_ && heap_[child + 1]->when < heap_[child]->when) ++child;
    if (heap_[child]->when >= t.when) break;
    put(*heap_[child], place);
    place = child;
  }
  put(t, place);
}

void timers::insert(timer& t) noexcept {
  put(t, count_++);
  sift_up(t);
  note_earliest();
}

void timers::take_out(timer& t) noexcept {
  timer& last = *heap_[--count_];
  if (&last != &t) {
    put(last, t.place);
    sift_up(last);
    sift_down(last);
  }
  t.place = timer::nowhere;
  note_earliest();
}

void timers::note_earliest() noexcept {
  earliest_.store(count_ == 0 ? never : heap_[0]->when, platform::order::relaxed);
}

}  // namespace holdfast::detail
