// SPDX-License-Identifier: BSL-1.0
// A guard that keeps its mutex alive.
#pragma once

#include <memory>
#include <utility>

#include "holdfast/guard.hpp"
#include "holdfast/mutex.hpp"

namespace holdfast {

namespace detail {

// The first base of an owned guard, so that it is destroyed last.
template <class Mutex>
struct shared_keeper {
  std::shared_ptr<Mutex> keep;
};

}  // namespace detail

// A guard together with a share of the mutex's ownership: it may leave the scope of every other
// owner. The share is given up after the lock.
template <class Mutex>
class [[nodiscard]] owned_guard : private detail::shared_keeper<Mutex>, public guard<Mutex> {
 public:
  owned_guard() noexcept = default;

  // Takes over `held`, which guards `*shared`, or is empty.
  owned_guard(std::shared_ptr<Mutex> shared, guard<Mutex>&& held) noexcept
      : detail::shared_keeper<Mutex>{held ? std::move(shared) : nullptr},
        guard<Mutex>(std::move(held)) {}

  owned_guard(owned_guard&&) noexcept = default;

  owned_guard& operator=(owned_guard&& other) noexcept {
    // The lock first: its mutex may live only as long as the share.
    guard<Mutex>::operator=(std::move(static_cast<guard<Mutex>&>(other)));
    this->keep = std::move(other.keep);
    return *this;
  }

  // The mutex, for as long as this guard lives.
  const std::shared_ptr<Mutex>& mutex() const noexcept { return this->keep; }
};

// Locks `*shared` and keeps it alive. Throws as lock() does.
template <class T, class Lock, class Poisoning>
owned_guard<mutex<T, Lock, Poisoning>> lock_owned(
    std::shared_ptr<mutex<T, Lock, Poisoning>> shared) {
  auto held = shared->lock();
  return {std::move(shared), std::move(held)};
}

template <class T, class Lock, class Poisoning>
owned_guard<mutex<T, Lock, Poisoning>> lock_owned(std::shared_ptr<mutex<T, Lock, Poisoning>> shared,
                                                  even_if_poisoned_t) {
  auto held = shared->lock(even_if_poisoned);
  return {std::move(shared), std::move(held)};
}

// Empty if the mutex is busy.
template <class T, class Lock, class Poisoning>
owned_guard<mutex<T, Lock, Poisoning>> try_lock_owned(
    std::shared_ptr<mutex<T, Lock, Poisoning>> shared) {
  auto held = shared->try_lock();
  return {std::move(shared), std::move(held)};
}

}  // namespace holdfast
