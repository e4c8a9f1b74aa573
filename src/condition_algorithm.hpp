// SPDX-License-Identifier: BSL-1.0
// Waiting for a signal, and sending it.
#pragma once

#include "holdfast/base/fatal.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/park/parking_lot.hpp"

#include "lock/lock_token.hpp"

namespace holdfast {

namespace detail {

inline const waiting_owner& owner_in(std::uintptr_t about) noexcept {
  return *reinterpret_cast<const waiting_owner*>(about);
}

}  // namespace detail

template <class Platform>
wait_result basic_condition<Platform>::wait_with(detail::waiting_owner& with, const deadline& until,
                                                 waiter& self, const detail::renewal& renews) {
  if constexpr (Platform::checks_ownership) refuse_another_mutex(with);
  bool released = true;
  detail::park_as as{.about = reinterpret_cast<std::uintptr_t>(&with), .renews = renews};
  const auto parked = detail::basic_parking_lot<queues>::instance().park(
      this, self, until,
      [this, &as] {
        as.hopes = note_waiter();
        return true;
      },
      [&] {
        released = with.release(with);
        if (!released) self.interrupt();
      },
      as);
  const bool notified = parked.end == detail::park_end::unparked || parked.moved;
  if (!released) {
    // The exception of the release leaves, and the signal goes to the next.
    if (notified) notify_one();
    return wait_result::end::stopped;
  }
  with.take_back(with, detail::is_handed_over(parked));
  if (notified) return wait_result::end::notified;
  return parked.end == detail::park_end::interrupted ? wait_result::end::stopped
                                                     : wait_result::end::deadline_passed;
}

template <class Platform>
std::size_t basic_condition<Platform>::notify_one_slow() noexcept {
  const bool woken = detail::basic_parking_lot<queues>::instance().unpark_one(
      this, [this](detail::unpark_info waiters) {
        if (!waiters.more) waiters_.store(0, order::relaxed);
        if (waiters.found) note_hope(waiters.asleep);
        return static_cast<std::uintptr_t>(detail::lock_token::try_again);
        // Once the waiter knows, *this may be gone.
      });
  return woken ? 1 : 0;
}

// Whether the waiter that is signalled now has watched in vain, or not at all.
template <class Platform>
void basic_condition<Platform>::note_hope(bool in_vain) noexcept {
  using detail::tuning::vain_hopes;
  const unsigned before = vain_.load(order::relaxed);
  const unsigned enough = vain_hopes + detail::tuning::waits_without_hope;
  vain_.store(static_cast<std::uint8_t>(!in_vain           ? 0
                                        : before >= enough ? vain_hopes - 1
                                                           : before + 1),
              order::relaxed);
}

// Waiters whose lock has a queue are moved there, but for the first few, which are woken: then as
// many wake-ups are under way at a time. If the lock is free it takes one at least, whose unlock
// wakes the next.
template <class Platform>
std::size_t basic_condition<Platform>::notify_all_slow() noexcept {
  auto& lot = detail::basic_parking_lot<queues>::instance();
  const void* queue = nullptr;
  const auto note_queue = [&](std::uintptr_t about) { queue = detail::owner_in(about).queue; };
  for (;;) {
    lot.look_at_oldest(this, note_queue);
    bool other_lock = false;
    bool planned = false;
    bool moves = false;
    unsigned awake = detail::broadcast<Platform>::woken();
    const detail::picked notified = lot.unpark_requeue(
        this, queue != nullptr ? queue : this,
        [&](std::uintptr_t about) {
          const detail::waiting_owner& owner = detail::owner_in(about);
          if (!planned) {
            other_lock = owner.queue != queue;  // the waiters have changed meanwhile
            if (other_lock) return detail::pick::stop;
            planned = true;
            if (queue != nullptr) {
              const auto admission = owner.admit(owner);
              moves = admission != detail::queue_admission::refused;
              if (admission == detail::queue_admission::held) --awake;
            }
          }
          if (!moves || owner.queue != queue) return detail::pick::wake;
          if (awake == 0) return detail::pick::move;
          --awake;
          return detail::pick::wake;
        },
        [&](const detail::picked& result) {
          if (!result.more) waiters_.store(0, order::relaxed);
          return static_cast<std::uintptr_t>(detail::lock_token::try_again);
        });
    if (!other_lock) return notified.woken + notified.moved;
  }
}

template <class Platform>
void basic_condition<Platform>::refuse_another_mutex(const detail::waiting_owner& with) noexcept {
  bool same = true;
  detail::basic_parking_lot<queues>::instance().look_at_oldest(this, [&](std::uintptr_t about) {
    same = detail::owner_in(about).identity == with.identity;
  });
  if (!same)
    detail::fatal(name, this, "a thread waits on a condition while others wait with another mutex",
                  "Use one condition for each mutex");
}

template <class Platform>
void basic_condition<Platform>::refuse_to_die_with_waiters() noexcept {
  if (detail::basic_parking_lot<queues>::instance().waiters_of(this) != 0 &&
      !platform::checked_ownership::has_static_storage(this))
    detail::fatal(name, this, "a condition is destroyed while threads wait on it",
                  "Notify them all first, or join them");
}

}  // namespace holdfast
