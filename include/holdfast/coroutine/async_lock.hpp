// SPDX-License-Identifier: BSL-1.0
// Waiting for a parking_lock as a coroutine, and for a mutex with one.
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include "holdfast/coroutine/async_access.hpp"
#include "holdfast/coroutine/async_wait.hpp"
#include "holdfast/guard.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// Takes the lock as whoever locks it, but never stays awake for it: it neither spins, nor takes
// turns, nor asks.
template <class Platform, unlock_by Unlock>
class HOLDFAST_EXPORT async_acquire : public async_wait<typename Platform::unchecked> {
 public:
  using queues = typename Platform::unchecked;
  using lock_type = basic_parking_lock<Platform, Unlock>;

 protected:
  explicit async_acquire(lock_type& lock) noexcept : lock_(lock) {}
  ~async_acquire() = default;

  bool is_taken() noexcept;
  bool advance() noexcept override;
  void pass_on() noexcept override;

  lock_type& lock() const noexcept { return lock_; }
  bool is_owner() const noexcept { return is_owner_; }
  void release() noexcept;
  void note_released() noexcept {
    is_owner_ = false;
    this->forget_how_it_ended();
  }

 private:
  lock_type& lock_;
  std::int64_t nap_ = tuning::refused_nap_ns;
  bool is_owner_ = false;
};

// The same, when something is true under the lock.
template <class Platform, unlock_by Unlock>
class HOLDFAST_EXPORT async_acquire_when : public async_acquire<Platform, Unlock> {
  using acquire = async_acquire<Platform, Unlock>;

 public:
  using typename acquire::lock_type;

 protected:
  async_acquire_when(lock_type& lock, function_ref<bool()> ready) noexcept
      : acquire(lock), awaited_{ready} {}
  ~async_acquire_when() = default;

  bool advance() noexcept final;
  void rethrow() const {
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  }

 private:
  enum class answer : std::uint8_t { no, yes, thrown };
  answer ask() noexcept;

  async_access::condition_of<lock_type> awaited_;
  std::exception_ptr thrown_;
  bool waits_for_it_ = false;  // in the queue of the lock, and not for the lock alone
};

// What is asked of `mutex`, which may be const.
template <class Mutex>
struct lock_request {
  Mutex& mutex;
  bool even_if_poisoned;
};

template <class Lock>
struct async_forms_of {
  static constexpr bool exist = false;
};
template <class Platform, unlock_by Unlock>
struct async_forms_of<basic_parking_lock<Platform, Unlock>> {
  static constexpr bool exist = true;
  using acquire = async_acquire<Platform, Unlock>;
  using acquire_when = async_acquire_when<Platform, Unlock>;
};

// The guard of a lock that a coroutine has taken: as mutex::lock gives it.
template <class Mutex>
guard<Mutex> guard_of_taken(Mutex& mutex, bool even_if_poisoned,
                            bool broken = false) HOLDFAST_UNANALYSED {
  const bool poisoned = mutex_access::found_poisoned(mutex) || broken;
  if (poisoned && !even_if_poisoned) [[unlikely]] {
    mutex_access::lock_of(mutex).unlock();
    mutex_access::refuse(mutex);
  }
  return guard<Mutex>(held<Mutex>{&mutex, poisoned});
}

template <class Mutex>
class async_lock : public async_forms_of<typename Mutex::lock_type>::acquire {
  using acquire = typename async_forms_of<typename Mutex::lock_type>::acquire;

 protected:
  explicit async_lock(const lock_request<Mutex>& what) noexcept
      : acquire(mutex_access::lock_of(what.mutex)), what_(what) {}
  ~async_lock() = default;

  bool at_once(bool stopped) noexcept { return stopped || this->is_taken(); }
  template <bool has_end>
  guard<Mutex> result() {
    if (!this->is_owner()) return guard<Mutex>();
    return guard_of_taken(what_.mutex, what_.even_if_poisoned);
  }

 private:
  lock_request<Mutex> what_;
};

// Under the lock, by whoever has it.
template <class Mutex, class Predicate>
struct asks_data {
  Mutex& mutex;
  Predicate ready;
  bool broken = false;  // at the last look: the poison may be cleared before the next
  bool operator()() {
    return (broken = mutex.is_poisoned()) || is_ready(ready, *mutex_access::data_of(mutex));
  }
};

template <class Mutex, class Predicate>
class async_lock_when : private asks_data<Mutex, Predicate>,
                        public async_forms_of<typename Mutex::lock_type>::acquire_when {
  using asks = asks_data<Mutex, Predicate>;
  using acquire = typename async_forms_of<typename Mutex::lock_type>::acquire_when;

 protected:
  explicit async_lock_when(asks what)
      : asks(std::move(what)),
        acquire(mutex_access::lock_of(asks::mutex), static_cast<asks&>(*this)) {}
  ~async_lock_when() = default;

  static constexpr bool at_once(bool stopped) noexcept { return stopped; }
  template <bool has_end>
  guard<Mutex> result() {
    this->rethrow();
    if (!this->is_owner()) return guard<Mutex>();
    return guard_of_taken(asks::mutex, false, asks::broken);
  }
};

}  // namespace holdfast::detail
