// SPDX-License-Identifier: BSL-1.0
// The condition between processes: a wait, from the seat to the sleep.
#include "holdfast/process/condition.hpp"

#include "process/condition_seats_algorithm.hpp"
#include "process/wait_set.hpp"

namespace holdfast::process {

template class detail::condition_seats<detail::between_processes, condition::seats>;

void detail::between_processes::wake(const atomic<std::uint32_t>& word, int count) noexcept {
  wake_shared(word, count);
}

condition::condition() = default;

condition::waiter::waiter(condition& on) : seats_(on.seats_) {
  detail::refuse_in_fiber("process::condition");
  detail::refuse_to_hold_too_many(2);
  seat_ = seats_.take();
  in_crowd_ = seat_ == nullptr;
  if (in_crowd_) crowd_seen_ = seats_.join_crowd();
}

// With the lock held again, or without it if unlocking or locking threw.
condition::waiter::~waiter() {
  if (seat_ != nullptr) seats_.give_back(*seat_, has_signal_);
}

// How a wait stands: as its end if it has one. A signal goes before the limits.
std::optional<wait_result> condition::waiter::ended(detail::wait_limits& limits) noexcept {
  if (in_crowd_) {
    // A seat that has become free is better than none: signals go there first.
    if (seat_ == nullptr) seat_ = seats_.take();
    if (seats_.crowd_has_signal(crowd_seen_)) return wait_result::end::notified;
  }
  has_signal_ = seat_ != nullptr && seats_.has_signal(*seat_);
  if (!has_signal_ && !limits.ended()) return std::nullopt;
  if (!has_signal_) has_signal_ = seat_ != nullptr && !seats_.withdraw(*seat_);
  if (has_signal_) return wait_result::end::notified;
  return limits.stopped() ? wait_result::end::stopped : wait_result::end::deadline_passed;
}

wait_result condition::waiter::sleep(detail::wait_limits limits) noexcept {
  for (;;) {
    if (const auto end = ended(limits)) return *end;
    seats_.sweep_all();
    detail::wait_set sleeper;
    if (seat_ != nullptr) sleeper.add_shared(seat_->state.address(), all_seats::waiting);
    if (in_crowd_) sleeper.add_shared(seats_.crowd().address(), crowd_seen_);
    if (limits.stop != nullptr) sleeper.add_private(limits.stop->address(), 0);
    sleeper.sleep(limits.until);
  }
}

std::size_t condition::notify_one() noexcept { return seats_.notify_one(); }

std::size_t condition::notify_all() noexcept { return seats_.notify_all(); }

}  // namespace holdfast::process
