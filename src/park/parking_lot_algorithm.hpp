// SPDX-License-Identifier: BSL-1.0
// Parking, unparking and requeueing.
#pragma once

#include "park/parking_lot_table.hpp"

namespace holdfast::detail {

template <class Platform>
basic_parking_lot<Platform>& basic_parking_lot<Platform>::instance() noexcept {
  static_assert(std::is_trivially_destructible_v<basic_parking_lot>);
  // All zero is an empty lot, so whoever comes first finds one.
  return *std::launder(static_cast<basic_parking_lot*>(Platform::process_root()));
}

template <class Platform>
park_result basic_parking_lot<Platform>::park(const void* key, basic_waiter<Platform>& self,
                                              const deadline& until,
                                              function_ref<bool()> validate) noexcept {
  return park(key, self, until, validate, [] {});
}

template <class Platform>
park_result basic_parking_lot<Platform>::park(const void* key, basic_waiter<Platform>& self,
                                              const deadline& until, function_ref<bool()> validate,
                                              function_ref<void()> before_sleep) noexcept {
  waiter mine(key, self);
  self.rearm();
  table* crowded = nullptr;
  {
    bucket& home = lock_bucket(key);
    if (!validate()) {
      home.mutex.unlock();
      return {park_end::not_parked, 0};
    }
    if (home.is_crowded_for(key)) crowded = current();
    home.append(mine);
    home.mutex.unlock();
  }
  if (crowded != nullptr) grow(crowded);
  before_sleep();
  using outcome = typename basic_waiter<Platform>::outcome;
  const outcome woken_by = self.sleep(until);
  if (woken_by != outcome::notified) {
    if (cancel(mine))
      return {woken_by == outcome::interrupted ? park_end::interrupted : park_end::deadline_passed,
              0};
    // Taken out of the queue just now: the wake-up is ours, and whoever sends it still needs
    // `mine`.
    self.sleep_until_notified();
  }
  return {park_end::unparked, mine.token};
}

// True if the waiter was still queued, and is no longer.
template <class Platform>
bool basic_parking_lot<Platform>::cancel(waiter& leaving) noexcept {
  for (;;) {
    const void* const key = leaving.key.load(order::relaxed);
    bucket& home = lock_bucket(key);
    if (leaving.key.load(order::relaxed) == key) {  // else it was moved before we had the lock
      const bool was_queued = leaving.queued;
      if (was_queued) home.remove(leaving);
      home.mutex.unlock();
      return was_queued;
    }
    home.mutex.unlock();
  }
}

template <class Platform>
bool basic_parking_lot<Platform>::unpark_one(
    const void* key, function_ref<std::uintptr_t(unpark_info)> decide) noexcept {
  bucket& home = lock_bucket(key);
  waiter* const oldest = bucket::find(home.first, key);
  if (oldest == nullptr) {
    decide({.found = false, .more = false, .hand_off = false});
    home.mutex.unlock();
    return false;
  }
  const bool more = bucket::find(oldest->next, key) != nullptr;
  home.remove(*oldest);
  oldest->token = decide({.found = true, .more = more, .hand_off = home.time_to_hand_off()});
  // From here on the waiter waits for us, so it stays where it is until it is notified.
  basic_waiter<Platform>* const sleeper = oldest->sleeper;
  home.mutex.unlock();
  sleeper->notify();
  return true;
}

// Notifies waiters that are linked by `next` and in no queue any more. Each may be gone once it is
// notified.
template <class Waiter>
void notify_chain(Waiter* first) noexcept {
  while (first != nullptr) {
    Waiter* const following = first->next;
    first->sleeper->notify();
    first = following;
  }
}

template <class Platform>
std::size_t basic_parking_lot<Platform>::unpark_all(const void* key,
                                                    std::uintptr_t token) noexcept {
  return unpark_requeue(
             key, key, [] { return requeue_plan{static_cast<std::size_t>(-1), 0}; },
             [token](requeue_result) { return token; })
      .woken;
}

template <class Platform>
requeue_result basic_parking_lot<Platform>::unpark_requeue(
    const void* from, const void* to, function_ref<requeue_plan()> plan,
    function_ref<std::uintptr_t(requeue_result)> decide) noexcept {
  bucket* source = nullptr;
  bucket* target = nullptr;
  lock_both(from, to, source, target);
  const requeue_plan planned = plan();
  requeue_result result{0, 0};
  waiter* woken_first = nullptr;
  waiter** woken_end = &woken_first;
  waiter* moved_first = nullptr;
  waiter** moved_end = &moved_first;
  for (waiter* w = bucket::find(source->first, from); w != nullptr;) {
    waiter* const following = bucket::find(w->next, from);
    if (result.woken < planned.wake) {
      source->remove(*w);
      ++result.woken;
      w->next = nullptr;
      *woken_end = w;
      woken_end = &w->next;
    } else if (result.moved < planned.move) {
      source->remove(*w);
      ++result.moved;
      w->next = nullptr;
      *moved_end = w;
      moved_end = &w->next;
    } else {
      break;
    }
    w = following;
  }
  while (moved_first != nullptr) {
    waiter* const w = moved_first;
    moved_first = w->next;
    w->key.store(to, order::relaxed);
    target->append(*w);
  }
  const std::uintptr_t token = decide(result);
  for (waiter* w = woken_first; w != nullptr; w = w->next) w->token = token;
  if (target != source) target->mutex.unlock();
  source->mutex.unlock();
  notify_chain(woken_first);
  return result;
}

template <class Platform>
std::size_t basic_parking_lot<Platform>::waiters_of(const void* key) noexcept {
  bucket& home = lock_bucket(key);
  std::size_t count = 0;
  for (waiter* w = bucket::find(home.first, key); w != nullptr; w = bucket::find(w->next, key))
    ++count;
  home.mutex.unlock();
  return count;
}

template <class Platform>
std::size_t basic_parking_lot<Platform>::bucket_count() noexcept {
  return current()->size();
}

}  // namespace holdfast::detail
