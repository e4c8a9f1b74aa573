// SPDX-License-Identifier: BSL-1.0
// Waiting for a signal as a coroutine, with a guard of a parking_lock.
#pragma once

#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

#include "holdfast/condition.hpp"
#include "holdfast/coroutine/async_lock.hpp"
#include "holdfast/guard.hpp"
#include "holdfast/wait_adapter.hpp"

namespace holdfast::detail {

// Waits for one signal and then, whatever came, for the lock. The coroutine owns the lock at the
// beginning and at the end.
template <class Platform, unlock_by Unlock>
class HOLDFAST_EXPORT async_signal : public async_acquire<Platform, Unlock> {
  using acquire = async_acquire<Platform, Unlock>;

 public:
  using typename acquire::lock_type;

 protected:
  async_signal(basic_condition<Platform>& signal, lock_type& lock) noexcept
      : acquire(lock), signal_(signal) {}
  ~async_signal() = default;

  // Gives the lock away.
  void begin(waiting_owner& with) noexcept;
  // True if the lock is back; false if it has been queued.
  bool advance() noexcept override;
  void pass_on() noexcept final;

  wait_result how() const noexcept { return how_; }

 private:
  basic_condition<Platform>& signal_;
  wait_result how_ = wait_result::end::notified;
  bool waits_for_signal_ = false;
  bool owes_signal_ = false;  // has had one, and is not back yet
};

template <class Lock>
struct signal_with;
template <class Platform, unlock_by Unlock>
struct signal_with<basic_parking_lock<Platform, Unlock>> {
  using type = async_signal<Platform, Unlock>;
  using condition_type = basic_condition<Platform>;
};

template <class Mutex, class Value>
struct signal_request {
  typename signal_with<typename Mutex::lock_type>::condition_type& signal;
  guard<Mutex, Value>& owner;
};

// With the guard that gives its lock away; throws if it has none.
template <class Mutex, class Value>
class async_wait_with_guard : public signal_with<typename Mutex::lock_type>::type {
  using signal_type = typename signal_with<typename Mutex::lock_type>::type;

 protected:
  explicit async_wait_with_guard(const signal_request<Mutex, Value>& what)
      : async_wait_with_guard(
            what, wait_adapter<guard<Mutex, Value>, typename signal_type::queues>(what.owner)) {}
  ~async_wait_with_guard() = default;

  void begin() noexcept { signal_type::begin(with_); }
  void take_guard_back() { mutex_access::now_owner(owner_); }

 private:
  using adapter = wait_adapter<guard<Mutex, Value>, typename signal_type::queues>;

  async_wait_with_guard(const signal_request<Mutex, Value>& what, const adapter& with)
      : signal_type(what.signal, mutex_access::lock_of(*mutex_access::mutex_of(what.owner))),
        owner_(what.owner),
        with_(with) {}

  guard<Mutex, Value>& owner_;
  adapter with_;
};

// One signal.
template <class Mutex, class Value>
class async_wait_once : public async_wait_with_guard<Mutex, Value> {
  using base = async_wait_with_guard<Mutex, Value>;

 protected:
  explicit async_wait_once(const signal_request<Mutex, Value>& what) : base(what) {}
  ~async_wait_once() = default;

  bool at_once(bool stopped) noexcept { return stopped_before_ = stopped; }
  template <bool has_end>
  auto result() {
    if (!stopped_before_) this->take_guard_back();
    if constexpr (has_end)
      return stopped_before_ ? wait_result(wait_result::end::stopped) : this->how();
  }

 private:
  bool advance() noexcept final {
    if (std::exchange(begun_, true)) return base::advance();
    this->begin();
    return false;
  }

  bool begun_ = false;
  bool stopped_before_ = false;
};

// Signals until a predicate is true.
template <class Mutex, class Value, class Predicate>
struct signals_request {
  signal_request<Mutex, Value> of;
  Predicate ready;
};

template <class Mutex, class Value, class Predicate>
class async_wait_until : public async_wait_with_guard<Mutex, Value> {
  using base = async_wait_with_guard<Mutex, Value>;

 protected:
  explicit async_wait_until(signals_request<Mutex, Value, Predicate>&& what)
      : base(what.of), ready_(std::move(what.ready)) {}
  ~async_wait_until() = default;

  bool at_once(bool stopped) {
    is_ = static_cast<bool>(ready_());
    return is_ || stopped;
  }
  template <bool has_end>
  auto result() {
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
    if constexpr (has_end) return is_;
  }

 private:
  bool advance() noexcept final {
    if (std::exchange(begun_, true)) {
      if (!base::advance()) return false;
      if (is_over()) return true;
    }
    this->begin();
    return false;
  }

  // With the lock held again. An exception is the coroutine's, as is `poisoned`.
  bool is_over() noexcept {
#if HOLDFAST_HAS_EXCEPTIONS
    try {
      this->take_guard_back();
      is_ = static_cast<bool>(ready_());
    } catch (...) {
      thrown_ = std::current_exception();
      return true;
    }
#else
    this->take_guard_back();
    is_ = static_cast<bool>(ready_());
#endif
    return is_ || !this->how().notified();
  }

  Predicate ready_;
  std::exception_ptr thrown_;
  bool begun_ = false;
  bool is_ = false;
};

}  // namespace holdfast::detail
