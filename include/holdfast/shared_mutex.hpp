// SPDX-License-Identifier: BSL-1.0
// The mutex that many may read at once.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/shared_guard.hpp"

namespace holdfast {

namespace detail {

template <class Lock>
concept upgradable = requires { typename Lock::upgrade_half; };

}  // namespace detail

// A mutex with all its members, which are those of the writer, and beside them those of the readers:
// any number of readers, or one writer. Only a writer poisons. `Lock` may be any lock with
// lock_shared; what is upgradable needs parking_rw_lock.
//
// A thread that holds a guard of either kind must not wait for the writer's; a reader may read again
// (see parking_rw_lock).
template <class T, lockable Lock = parking_rw_lock, class Poisoning = default_poisoning>
  requires requires(Lock& lock) {
    lock.lock_shared();
    lock.unlock_shared();
  }
class shared_mutex : public mutex<T, Lock, Poisoning> {
  using base = mutex<T, Lock, Poisoning>;
  using shared_half = detail::half<detail::shared_mode, Lock>;

 public:
  using shared_guard_type = shared_guard<base>;
  using upgrade_guard_type = read_guard<base, const T, detail::upgrade_mode>;

  using base::base;
  template <class U = T>
    requires std::is_default_constructible_v<U>
  constexpr shared_mutex() noexcept(std::is_nothrow_default_constructible_v<U>) {}

  // Waits while a writer has the lock or is next. Throws poisoned if the last writer left by an
  // exception, as all that follow without even_if_poisoned. Everything that earlier writers did
  // happens before this returns.
  shared_guard_type lock_shared() const {
    return read([](shared_half& half) {
      half.lock();
      return true;
    });
  }
  shared_guard_type lock_shared(even_if_poisoned_t) const {
    return read_any([](shared_half& half) {
      half.lock();
      return true;
    });
  }

  // The ends of the waits are those of mutex: the guard is empty when they come first.
  template <stop_token_like Stop>
    requires(detail::may_be_stopped<shared_half, Stop>)
  shared_guard_type lock_shared(const Stop& stop) const {
    return read([&](shared_half& half) { return half.lock(stop); });
  }
  template <stop_token_like Stop>
    requires(detail::may_be_stopped<shared_half, Stop>)
  shared_guard_type lock_shared(const Stop& stop, even_if_poisoned_t) const {
    return read_any([&](shared_half& half) { return half.lock(stop); });
  }
  shared_guard_type try_lock_shared() const {
    return read([](shared_half& half) { return half.try_lock(); });
  }
  shared_guard_type try_lock_shared(even_if_poisoned_t) const {
    return read_any([](shared_half& half) { return half.try_lock(); });
  }
  template <duration_like Duration>
    requires(detail::may_wait_for<shared_half, Duration>)
  shared_guard_type try_lock_shared_for(const Duration& duration) const {
    return read([&](shared_half& half) { return half.try_lock_for(duration); });
  }
  template <duration_like Duration>
    requires(detail::may_wait_for<shared_half, Duration>)
  shared_guard_type try_lock_shared_for(const Duration& duration, even_if_poisoned_t) const {
    return read_any([&](shared_half& half) { return half.try_lock_for(duration); });
  }
  template <class Point>
    requires(detail::may_wait_until<shared_half, Point>)
  shared_guard_type try_lock_shared_until(const Point& point) const {
    return read([&](shared_half& half) { return half.try_lock_until(point); });
  }
  template <class Point>
    requires(detail::may_wait_until<shared_half, Point>)
  shared_guard_type try_lock_shared_until(const Point& point, even_if_poisoned_t) const {
    return read_any([&](shared_half& half) { return half.try_lock_until(point); });
  }
  template <stop_token_like Stop>
    requires(detail::may_wait_until<shared_half, deadline, Stop>)
  shared_guard_type try_lock_shared_until(const deadline& until, const Stop& stop) const {
    return read([&](shared_half& half) { return half.try_lock_until(until, stop); });
  }

  // Calls `f` with the const data among the readers, and returns its result.
  template <class F>
  decltype(auto) with_shared(F&& f) const {
    const shared_guard_type reader = lock_shared();
    return std::forward<F>(f)(*reader);
  }

  // A copy of the data, taken among the readers.
  T copy() const
    requires std::is_copy_constructible_v<T>
  {
    const shared_guard_type reader = lock_shared();
    return *reader;
  }

  // Reads beside the other readers, as the only one who may become the writer: see upgrade(). Waits
  // while another holds the lock so, or a writer has it.
  upgrade_guard_type lock_upgrade()
    requires detail::upgradable<Lock>
  {
    return reserve([](auto& half) {
      half.lock();
      return true;
    });
  }
  upgrade_guard_type lock_upgrade(even_if_poisoned_t)
    requires detail::upgradable<Lock>
  {
    return reserve_any([](auto& half) {
      half.lock();
      return true;
    });
  }
  template <stop_token_like Stop>
    requires detail::upgradable<Lock>
  upgrade_guard_type lock_upgrade(const Stop& stop) {
    return reserve([&](auto& half) { return half.lock(stop); });
  }
  upgrade_guard_type try_lock_upgrade()
    requires detail::upgradable<Lock>
  {
    return reserve([](auto& half) { return half.try_lock(); });
  }
  template <duration_like Duration>
    requires detail::upgradable<Lock>
  upgrade_guard_type try_lock_upgrade_for(const Duration& duration) {
    return reserve([&](auto& half) { return half.try_lock_for(duration); });
  }
  template <class Point>
    requires detail::upgradable<Lock>
  upgrade_guard_type try_lock_upgrade_until(const Point& point) {
    return reserve([&](auto& half) { return half.try_lock_until(point); });
  }
  template <stop_token_like Stop>
    requires detail::upgradable<Lock>
  upgrade_guard_type try_lock_upgrade_until(const deadline& until, const Stop& stop) {
    return reserve([&](auto& half) { return half.try_lock_until(until, stop); });
  }

 private:
  using access = detail::mutex_access;

  template <class Attempt>
  shared_guard_type read(Attempt locks) const {
    return enter<detail::shared_mode>(locks, true);
  }
  template <class Attempt>
  shared_guard_type read_any(Attempt locks) const {
    return enter<detail::shared_mode>(locks, false);
  }
  template <class Attempt>
  upgrade_guard_type reserve(Attempt locks) const {
    return enter<detail::upgrade_mode>(locks, true);
  }
  template <class Attempt>
  upgrade_guard_type reserve_any(Attempt locks) const {
    return enter<detail::upgrade_mode>(locks, false);
  }

  template <class Mode, class Attempt>
  read_guard<base, const T, Mode> enter(Attempt locks, bool refuses) const HOLDFAST_UNANALYSED {
    const base& self = *this;
    detail::half<Mode, Lock> half(access::lock_of(self));
    if (!locks(half)) return {};
    const bool is_poisoned = access::found_poisoned(self);
    if (is_poisoned && refuses) [[unlikely]] {
      half.unlock();
      access::refuse(self);
    }
    return detail::reading_access::make<Mode>(&self, access::data_of(self), half.entered_by(),
                                              is_poisoned);
  }
};

template <class T>
shared_mutex(T) -> shared_mutex<T>;

static_assert(sizeof(shared_mutex<int>) <= 16);

}  // namespace holdfast
