// SPDX-License-Identifier: BSL-1.0
// Parking, unparking and requeueing.
#pragma once

#include "park/parking_lot_table.hpp"

namespace holdfast::detail {

template <class Platform>
basic_parking_lot<Platform>& basic_parking_lot<Platform>::instance() noexcept {
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
                                              function_ref<void()> before_sleep,
                                              const park_as& as) noexcept {
  waiter mine(key, self, as.about);
  bool hopes = false;
  if (!queue(mine, validate, as.hopes, hopes)) return {park_end::not_parked, 0};
  before_sleep();
  if (hopes) self.hope(tuning::hope_ns, until);
  deadline end = until;
  auto woken_by = self.sleep(end);
  while (woken_by == basic_waiter<Platform>::outcome::deadline_passed && as.renews(end))
    woken_by = self.sleep_on(end);
  return end_of(mine, woken_by);
}

template <class Platform>
bool basic_parking_lot<Platform>::queue(waiter& mine, function_ref<bool()> validate) noexcept {
  bool hopes = false;
  return queue(mine, validate, false, hopes);
}

template <class Platform>
bool basic_parking_lot<Platform>::queue(waiter& mine, function_ref<bool()> validate,
                                        const bool& wishes_to_hope, bool& hopes) noexcept {
  const void* const key = mine.key.load(order::relaxed);
  mine.sleeper->rearm();
  table* crowded = nullptr;
  {
    bucket& home = lock_bucket(key);
    if (!Platform::recheck(validate())) {
      home.mutex.unlock();
      return false;
    }
    if (home.is_crowded_for(key)) crowded = current();
    hopes = wishes_to_hope && bucket::find(home.first, key) == nullptr;
    home.append(mine);
    home.mutex.unlock();
  }
  if (crowded != nullptr) grow(crowded);
  return true;
}

template <class Platform>
park_result basic_parking_lot<Platform>::ask(const void* key, basic_waiter<Platform>& self,
                                             const deadline& until, function_ref<void()> announce,
                                             function_ref<bool()> enough) noexcept {
  waiter mine(key, self, 0);
  mine.asks = true;
  self.rearm();
  {
    bucket& home = lock_bucket(key);
    announce();
    home.insert_asking(mine);
    home.mutex.unlock();
  }
  self.watch(tuning::ask_ns, until, enough);
  return end_of(mine, self.stay_awake());
}

// How the wait of `mine` ended, which is in no queue any more after this.
template <class Platform>
park_result basic_parking_lot<Platform>::end_of(
    waiter& mine, typename basic_waiter<Platform>::outcome woken_by) noexcept {
  using outcome = typename basic_waiter<Platform>::outcome;
  if (woken_by != outcome::notified) {
    if (cancel(mine))
      return {woken_by == outcome::interrupted ? park_end::interrupted : park_end::deadline_passed,
              0, mine.moved};
    // Taken out of the queue just now: the wake-up is ours, and whoever sends it still needs
    // `mine`.
    mine.sleeper->sleep_until_notified();
  }
  return {park_end::unparked, mine.token, mine.moved};
}

// True if the waiter was still queued, and is no longer.
template <class Platform>
bool basic_parking_lot<Platform>::cancel(waiter& leaving) noexcept {
  for (;;) {
    const void* const key = leaving.key.load(order::relaxed);
    bucket& home = lock_bucket(key);
    // It may have been moved before we had the lock; and whoever asks whether it is willing still
    // needs it.
    const bool same = leaving.key.load(order::relaxed) == key;
    const bool pinned = same && leaving.pinned;
    if (same && !pinned) {
      const bool was_queued = leaving.queued;
      if (was_queued) home.remove(leaving);
      home.mutex.unlock();
      return was_queued;
    }
    home.mutex.unlock();
    if (pinned) Platform::yield();
  }
}

// Takes `chosen`, which may be null, out of its queue and wakes it. Unlocks the bucket.
template <class Platform>
bool basic_parking_lot<Platform>::unpark_locked(
    bucket& home, waiter* chosen, const void* key,
    function_ref<std::uintptr_t(unpark_info)> decide) noexcept {
  if (chosen == nullptr) {
    const bool more = bucket::find(home.first, key) != nullptr;
    decide({.found = false, .more = more, .hand_off = false});
    home.mutex.unlock();
    return false;
  }
  home.remove(*chosen);
  const bool more = bucket::find(home.first, key) != nullptr;
  chosen->token = decide({.found = true,
                          .more = more,
                          .hand_off = home.time_to_hand_off(),
                          .asleep = chosen->sleeper->is_asleep(),
                          .asks = chosen->asks});
  // From here on the waiter waits for us, so it stays where it is until it is notified.
  basic_waiter<Platform>* const sleeper = chosen->sleeper;
  home.mutex.unlock();
  sleeper->notify();
  return true;
}

template <class Platform>
bool basic_parking_lot<Platform>::unpark_one(
    const void* key, function_ref<std::uintptr_t(unpark_info)> decide) noexcept {
  bucket& home = lock_bucket(key);
  return unpark_locked(home, bucket::find(home.first, key), key, decide);
}

template <class Platform>
bool basic_parking_lot<Platform>::unpark_willing(
    const void* key, function_ref<bool(std::uintptr_t)> willing,
    function_ref<std::uintptr_t(unpark_info)> decide) noexcept {
  bucket* home = &lock_bucket(key);
  waiter* each = bucket::find(home->first, key);
  while (each != nullptr && each->about != 0) {
    each->pinned = true;
    home->mutex.unlock();
    const bool chosen = willing(each->about);
    home = &lock_bucket(key);  // the table may have grown
    each->pinned = false;
    if (chosen) break;
    each = bucket::find(each->next, key);
  }
  return unpark_locked(*home, each, key, decide);
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
  return unpark_picked(
             key, [](std::uintptr_t) { return pick::wake; },
             [token](const picked&) { return token; })
      .woken;
}

template <class Platform>
picked basic_parking_lot<Platform>::unpark_picked(
    const void* key, function_ref<pick(std::uintptr_t)> choose,
    function_ref<std::uintptr_t(const picked&)> decide) noexcept {
  return unpark_requeue(key, key, choose, decide);
}

// A queue of waiters that have been taken out of the table's queues, linked by `next`.
template <class Waiter>
class taken_out {
 public:
  void append(Waiter& w) noexcept {
    w.next = nullptr;
    *end_ = &w;
    end_ = &w.next;
    ++count_;
  }
  Waiter* first() const noexcept { return first_; }
  std::size_t count() const noexcept { return count_; }

 private:
  Waiter* first_ = nullptr;
  Waiter** end_ = &first_;
  std::size_t count_ = 0;
};

template <class Platform>
picked basic_parking_lot<Platform>::unpark_requeue(
    const void* from, const void* to, function_ref<pick(std::uintptr_t)> choose,
    function_ref<std::uintptr_t(const picked&)> decide) noexcept {
  bucket* source = nullptr;
  bucket* target = nullptr;
  lock_both(from, to, source, target);
  taken_out<waiter> woken;
  taken_out<waiter> moved;
  for (waiter* w = bucket::find(source->first, from); w != nullptr;) {
    waiter* const following = bucket::find(w->next, from);
    const pick fate = choose(w->about);
    if (fate == pick::stop) break;
    if (fate != pick::leave) {
      source->remove(*w);
      (fate == pick::wake ? woken : moved).append(*w);
    }
    w = following;
  }
  const bool more = bucket::find(source->first, from) != nullptr;
  for (waiter* w = moved.first(); w != nullptr;) {
    waiter* const following = w->next;
    w->key.store(to, order::relaxed);
    w->about = 0;
    w->moved = true;
    target->append(*w);
    w = following;
  }
  const bool hand_off = woken.count() != 0 && source->time_to_hand_off();
  const picked result{woken.count(), moved.count(), more, hand_off};
  const std::uintptr_t token = decide(result);
  for (waiter* w = woken.first(); w != nullptr; w = w->next) w->token = token;
  if (target != source) target->mutex.unlock();
  source->mutex.unlock();
  notify_chain(woken.first());
  return result;
}

template <class Platform>
bool basic_parking_lot<Platform>::look_at_oldest(const void* key,
                                                 function_ref<void(std::uintptr_t)> look) noexcept {
  bucket& home = lock_bucket(key);
  const waiter* const oldest = bucket::find(home.first, key);
  if (oldest != nullptr) look(oldest->about);
  home.mutex.unlock();
  return oldest != nullptr;
}

template <class Platform>
bool basic_parking_lot<Platform>::look_at_newest(const void* key,
                                                 function_ref<void(std::uintptr_t)> look) noexcept {
  bucket& home = lock_bucket(key);
  const waiter* const newest = bucket::find_back(home.last, key);
  if (newest != nullptr) look(newest->about);
  home.mutex.unlock();
  return newest != nullptr;
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
