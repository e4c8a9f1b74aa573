// SPDX-License-Identifier: BSL-1.0
// The condition between processes: seats that are taken, woken, and looked after when their waiter
// died.
#include "holdfast/process/condition.hpp"

#include <climits>
#include <optional>

#include "process/wait_set.hpp"

namespace holdfast::process {
namespace {

using detail::lock_end;
using detail::wait_limits;
using platform::order;

// Of a seat; the table is in the header.
constexpr std::uint32_t empty = 0;
constexpr std::uint32_t waiting = 1;
constexpr std::uint32_t notified = 2;

constexpr std::uint32_t somebody_waits = 1;
constexpr std::uint32_t one_signal = 2;

}  // namespace

condition::condition() = default;

// The lowest free seat, with `alive` held; null if there is none.
condition::seat* condition::take_seat() noexcept {
  for (std::uint32_t index = 0; index < seats; ++index) {
    seat& mine = seats_[index];
    if (mine.state.load(order::relaxed) != empty) continue;
    if (mine.alive.try_lock() == lock_end::gave_up) continue;
    if (mine.state.load(order::relaxed) != empty) {
      // Taken in between by one who died since.
      sweep(mine);
      continue;
    }
    std::uint32_t used = used_.load(order::relaxed);
    while (used <= index &&
           !used_.compare_exchange(used, index + 1, order::relaxed, order::relaxed)) {
    }
    mine.number.store(next_number_.fetch_add(1, order::relaxed), order::relaxed);
    mine.state.store(waiting, order::release);  // [PC1]
    return &mine;
  }
  return nullptr;
}

condition::waiter::waiter(condition& on) : on_(on) {
  detail::refuse_in_fiber("process::condition");
  detail::refuse_to_hold_too_many(2);
  seat_ = on.take_seat();
  in_crowd_ = seat_ == nullptr;
  if (in_crowd_) crowd_seen_ = on.crowd_.fetch_or(somebody_waits, order::relaxed) | somebody_waits;
}

// With the lock held again, or without it if locking threw: the signal has been received.
condition::waiter::~waiter() {
  if (seat_ == nullptr) return;
  seat_->state.store(empty, order::relaxed);
  seat_->alive.unlock();
}

// How a wait stands: as its end if it has one. A signal goes before the limits.
std::optional<wait_result> condition::waiter::ended(const wait_limits& limits) noexcept {
  if (in_crowd_) {
    // A seat that has become free is better than none: signals go there first.
    if (seat_ == nullptr) seat_ = on_.take_seat();
    if (on_.crowd_.load(order::acquire) != crowd_seen_) return wait_result::end::notified;  // [PC2]
  }
  std::uint32_t seen = waiting;
  if (seat_ != nullptr) {
    seen = seat_->state.load(order::acquire);  // [PC2]
    if (seen == notified) return wait_result::end::notified;
  }
  if (!limits.reached()) return std::nullopt;
  if (seat_ != nullptr &&
      !seat_->state.compare_exchange(seen, empty, order::relaxed, order::acquire))  // [PC2]
    return wait_result::end::notified;
  return limits.stopped() ? wait_result::end::stopped : wait_result::end::deadline_passed;
}

wait_result condition::waiter::sleep(const wait_limits& limits) noexcept {
  for (;;) {
    if (const auto end = ended(limits)) return *end;
    on_.sweep_all();
    detail::wait_set sleeper;
    if (seat_ != nullptr) sleeper.add_shared(seat_->state.address(), waiting);
    if (in_crowd_) sleeper.add_shared(on_.crowd_.address(), crowd_seen_);
    if (limits.stop != nullptr) sleeper.add_private(limits.stop->address(), 0);
    sleeper.sleep(limits.until);
  }
}

// Who died with a seat leaves it; a signal that it had not received goes to the next. With `alive` of
// the seat held, which it releases. If we die in the midst, the next one passes the signal on again.
bool condition::sweep(seat& of) noexcept {
  const bool had_signal = of.state.load(order::relaxed) == notified;
  if (had_signal && !notify_seated()) notify_crowd();
  of.state.store(empty, order::relaxed);
  of.alive.unlock();
  return had_signal;
}

void condition::sweep_all() noexcept {
  const std::uint32_t used = used_.load(order::relaxed);
  for (std::uint32_t index = 0; index < used; ++index) {
    seat& of = seats_[index];
    if (of.state.load(order::relaxed) != empty && of.alive.try_lock() != lock_end::gave_up)
      sweep(of);
  }
}

// The one that waits longest, or null.
condition::seat* condition::next_to_wake() noexcept {
  seat* longest = nullptr;
  std::uint64_t number = 0;
  const std::uint32_t used = used_.load(order::relaxed);
  for (std::uint32_t index = 0; index < used; ++index) {
    seat& candidate = seats_[index];
    if (candidate.state.load(order::acquire) != waiting) continue;  // [PC1]
    const std::uint64_t its = candidate.number.load(order::relaxed);
    if (longest == nullptr || its < number) {
      longest = &candidate;
      number = its;
    }
  }
  return longest;
}

// False if nobody waits with a seat.
bool condition::notify_seated() noexcept {
  while (seat* const next = next_to_wake()) {
    if (next->alive.try_lock() != lock_end::gave_up) {
      sweep(*next);  // it has died, or has just left
      continue;
    }
    std::uint32_t seen = waiting;
    if (next->state.compare_exchange(seen, notified, order::release, order::relaxed)) {  // [PC2]
      detail::wake_shared(next->state, 1);
      return true;
    }
  }
  return false;
}

void condition::notify_crowd() noexcept {
  std::uint32_t seen = crowd_.load(order::relaxed);
  while ((seen & somebody_waits) != 0)
    if (crowd_.compare_exchange(seen, (seen & ~somebody_waits) + one_signal, order::release,
                                order::relaxed)) {  // [PC2]
      detail::wake_shared(crowd_, INT_MAX);
      return;
    }
}

std::size_t condition::notify_one() noexcept {
  if (notify_seated()) return 1;
  notify_crowd();
  return 0;
}

std::size_t condition::notify_all() noexcept {
  std::size_t woken = 0;
  // Those who come after us have larger numbers, and may wait on.
  const std::uint64_t end = next_number_.load(order::relaxed);
  for (;;) {
    seat* const next = next_to_wake();
    if (next == nullptr || next->number.load(order::relaxed) >= end) break;
    if (!notify_seated()) break;
    ++woken;
  }
  notify_crowd();
  return woken;
}

}  // namespace holdfast::process
