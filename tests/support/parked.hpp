// SPDX-License-Identifier: BSL-1.0
// How a test knows that a thread waits, without sleeping and hoping.
#pragma once

#include <atomic>
#include <cstddef>

#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/park/parking_lot.hpp"

#include "support/competitor.hpp"

namespace holdfast::test {

// Waits until `predicate` holds. If it never does, the time limit of the test ends it.
template <class Predicate>
void await(Predicate predicate) {
  while (!predicate()) give_way();
}

inline void await(const std::atomic<bool>& flag) {
  await([&flag] { return flag.load(); });
}

// The threads that are queued for a lock that parks.
template <class Platform, unlock_by Unlock>
std::size_t queued_for(const basic_parking_lock<Platform, Unlock>& lock) {
  return detail::basic_parking_lot<typename Platform::unchecked>::instance().waiters_of(&lock);
}

template <class Platform>
std::size_t queued_for(const basic_parking_rw_lock<Platform>& lock) {
  return detail::basic_parking_lot<typename Platform::unchecked>::instance().waiters_of(&lock);
}

template <class Lock>
concept parks = requires(const Lock& lock) { queued_for(lock); };

// The threads that are queued for `lock`, or `otherwise` if it never queues any.
template <class Lock>
std::size_t queued_or([[maybe_unused]] const Lock& lock, std::size_t otherwise) {
  if constexpr (parks<Lock>)
    return queued_for(lock);
  else
    return otherwise;
}

// Waits until `count` threads are queued for `lock`. Threads that spin cannot be seen: for those
// locks, gives them a moment to begin.
template <class Lock>
void await_waiters(const Lock& lock, std::size_t count) {
  if constexpr (parks<Lock>) {
    await([&] { return queued_for(lock) == count; });
  } else {
    for (int i = 0; i < 100; ++i) give_way();
  }
}

// Another thread owns `lock` from the construction of this to release(), or to its end.
template <class Lock>
class held_elsewhere {
 public:
  explicit held_elsewhere(Lock& lock)
      : owner_([this, &lock] {
          lock.lock();
          held_.store(true);
          await(released_);
          lock.unlock();
        }) {
    await(held_);
  }
  held_elsewhere(const held_elsewhere&) = delete;
  held_elsewhere& operator=(const held_elsewhere&) = delete;
  ~held_elsewhere() { release(); }

  // Returns when the lock is unlocked.
  void release() {
    released_.store(true);
    owner_.join();
  }

 private:
  std::atomic<bool> held_{false};
  std::atomic<bool> released_{false};
  competitor owner_;  // last: it uses the others
};

}  // namespace holdfast::test
