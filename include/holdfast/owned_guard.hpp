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
// owner. The share is given up after the lock. All members are those of guard.
template <class Mutex, class Value = detail::guarded_by<Mutex>>
class [[nodiscard]] owned_guard : private detail::shared_keeper<Mutex>,
                                  private guard<Mutex, Value> {
  using base = guard<Mutex, Value>;

 public:
  using typename base::mutex_type;
  using typename base::thread_bound;
  using typename base::value_type;

  owned_guard() noexcept = default;

  // Takes over `held`, which guards `*shared` or a part of it, or is empty.
  owned_guard(std::shared_ptr<Mutex> shared, base&& held) noexcept
      : detail::shared_keeper<Mutex>{held ? std::move(shared) : nullptr}, base(std::move(held)) {}

  owned_guard(owned_guard&&) noexcept = default;

  owned_guard& operator=(owned_guard&& other) noexcept {
    // The lock first: its mutex may live only as long as the share.
    base::operator=(std::move(static_cast<base&>(other)));
    this->keep = std::move(other.keep);
    return *this;
  }

  // The mutex, for as long as this guard lives.
  const std::shared_ptr<Mutex>& mutex() const noexcept { return this->keep; }

  using base::operator bool;
  using base::operator*;
  using base::operator->;
  using base::lock;
  using base::owns_lock;
  using base::try_lock;
  using base::unlock;
  using base::unlocked;
  using base::wait_until_true;
  using base::was_poisoned;

  // For condition::wait_async.
  friend base& plain_guard_of(owned_guard& of) noexcept { return of; }

  // As the function below.
  template <class PartOf>
  auto part(PartOf&& part_of) && {
    auto part = holdfast::project(static_cast<base&&>(*this), std::forward<PartOf>(part_of));
    using part_type = typename decltype(part)::value_type;
    return owned_guard<Mutex, part_type>(std::move(this->keep), std::move(part));
  }
};

// The owned guard of a part; `whole` is empty then. As project() of a guard.
template <class Mutex, class Value, class PartOf>
auto project(owned_guard<Mutex, Value>&& whole, PartOf&& part_of) {
  return std::move(whole).part(std::forward<PartOf>(part_of));
}

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
