// SPDX-License-Identifier: BSL-1.0
// The slow half of once: who runs, who waits.
#pragma once

#include "holdfast/once.hpp"
#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/spin_wait.hpp"

namespace holdfast {

// One call of a function: poisons unless it comes to its end.
template <class Platform>
class basic_once<Platform>::run {
 public:
  explicit run(basic_once& self) noexcept : self_(self) { Platform::locked(&self); }
  run(const run&) = delete;
  run& operator=(const run&) = delete;
  ~run() {
    Platform::about_to_unlock(&self_, name);
    self_.finish(ends_as_);
  }

  void completed() noexcept { ends_as_ = done; }

 private:
  basic_once& self_;
  std::uint8_t ends_as_ = poisoned;
};

template <class Platform>
detail::once_end basic_once<Platform>::call_slow(detail::once_wish wish,
                                                 detail::function_ref<void(once_state&)> f,
                                                 const deadline& until, waiter& self) {
  Platform::about_to_lock(this, name);
  const turn got = take_turn(wish, until, self);
  switch (got) {
    case turn::done:
      return detail::once_end::done;
    case turn::poisoned:
      return detail::once_end::poisoned;
    case turn::gave_up:
      return detail::once_end::gave_up;
    case turn::begun:
    case turn::begun_poisoned:
      break;
  }
  run here(*this);
  once_state state(got == turn::begun_poisoned);
  f(state);
  here.completed();
  return detail::once_end::done;
}

template <class Platform>
detail::once_end basic_once<Platform>::wait_slow(detail::once_wish wish, const deadline& until,
                                                 waiter& self) noexcept {
  Platform::about_to_lock(this, name);
  switch (take_turn(wish, until, self)) {
    case turn::done:
      return detail::once_end::done;
    case turn::poisoned:
      return detail::once_end::poisoned;
    default:
      return detail::once_end::gave_up;
  }
}

template <class Platform>
typename basic_once<Platform>::turn basic_once<Platform>::take_turn(detail::once_wish wish,
                                                                    const deadline& until,
                                                                    waiter& self) noexcept {
  using detail::once_wish;
  auto& lot = detail::basic_parking_lot<typename Platform::unchecked>::instance();
  detail::spin_before_park<Platform> wait;
  for (;;) {
    std::uint8_t seen = state_.load(order::acquire);  // [O1] what the last function did
    const std::uint8_t now = seen & phase;
    if (now == done) return turn::done;
    const bool free = now == fresh ? wish == once_wish::call || wish == once_wish::call_force
                                   : now == poisoned && wish == once_wish::call_force;
    if (free) {
      const auto next = static_cast<std::uint8_t>((seen & parked) | running);
      if (state_.compare_exchange(seen, next,
                                  order::acquire,  // [O1] a poisoned one may have run again
                                  order::relaxed))
        return now == poisoned ? turn::begun_poisoned : turn::begun;
      continue;
    }
    if (now == poisoned && wish != once_wish::wait_force) return turn::poisoned;
    if (wait.spin()) continue;
    if (self.is_interrupted() || Platform::has_passed(until)) return turn::gave_up;
    const auto parked_as = lot.park(this, self, until, [this, wish] { return mark_parked(wish); });
    if (parked_as.end == detail::park_end::unparked) wait.start_over();
  }
}

// Runs under the bucket lock, before this thread queues. True if there is still something to wait
// for and whoever brings it cannot miss `parked`.
template <class Platform>
bool basic_once<Platform>::mark_parked(detail::once_wish wish) noexcept {
  using detail::once_wish;
  std::uint8_t seen = state_.load(order::relaxed);
  for (;;) {
    const std::uint8_t now = seen & phase;
    const bool must_wait =
        now == running ||
        (now == fresh && (wish == once_wish::wait || wish == once_wish::wait_force)) ||
        (now == poisoned && wish == once_wish::wait_force);
    if (!must_wait) return false;
    if ((seen & parked) != 0) return true;
    if (state_.compare_exchange(seen, seen | parked, order::relaxed, order::relaxed)) return true;
  }
}

template <class Platform>
void basic_once<Platform>::finish(std::uint8_t as) noexcept {
  std::uint8_t seen = running;
  if (state_.compare_exchange(seen, as,
                              order::release,  // [O1]
                              order::relaxed))
    return;
  // All are woken, so that none is left who waits for something else; those who have more to wait
  // for queue again. Only `parked` could come meanwhile, and only under the bucket lock.
  detail::basic_parking_lot<typename Platform::unchecked>::instance().unpark_picked(
      this, [](std::uintptr_t) { return detail::pick::wake; },
      [this, as](const detail::picked&) {
        state_.store(as, order::release);  // [O1]
        // After this line *this may be gone.
        return std::uintptr_t{0};
      });
}

}  // namespace holdfast
