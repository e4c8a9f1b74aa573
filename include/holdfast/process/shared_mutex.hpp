// SPDX-License-Identifier: BSL-1.0
// The mutex between processes that many may read at once.
#pragma once

#if defined(_WIN32)
#error \
    "holdfast::process::shared_mutex is not there on Windows, which has no lock in memory that ends with its owner; process::mutex is for all alike there"
#endif

#include <string_view>
#include <type_traits>
#include <utility>

#include "holdfast/process/process.hpp"

namespace holdfast::process {

template <class T>
class shared_mutex;

// One of several readers: gives const data, and leaves no mark whatever becomes of it. Neither copied
// nor moved: it belongs to its thread.
template <class T>
class [[nodiscard]] shared_guard {
 public:
  struct thread_bound;
  using value_type = const T;

  // Empty: must not be dereferenced.
  shared_guard() noexcept = default;
  shared_guard(const shared_guard&) = delete;
  shared_guard& operator=(const shared_guard&) = delete;
  ~shared_guard() { unlock(); }

  explicit operator bool() const noexcept { return held_.entered; }
  bool owns_lock() const noexcept { return held_.entered; }

  // The mutex was poisoned when this guard locked it.
  bool was_poisoned() const noexcept { return held_.was_poisoned; }

  const T& operator*() const& noexcept { return *value_; }
  const T* operator->() const& noexcept { return value_; }
  const T* operator->() const&& noexcept { return value_; }
  const T& operator*() const&& = delete;

  // Releases early; the guard is empty but remembers its mutex.
  void unlock() noexcept {
    if (std::exchange(held_.entered, false)) access_->unlock_shared(held_);
  }

  // Locks again after unlock(). If the mutex has been poisoned meanwhile, throws poisoned with the
  // lock held; a guard that knew it was poisoned does not throw.
  void lock() {
    const bool knew = held_.was_poisoned;
    held_ = access_->lock_shared({});
    if (held_.was_poisoned && !knew) access_->report_poison_to_reader();
  }

 private:
  friend class shared_mutex<T>;

  shared_guard(detail::access* from, const detail::reading& held) noexcept
      : access_(from), value_(static_cast<const T*>(from->value())), held_(held) {}

  detail::access* access_ = nullptr;
  const T* value_ = nullptr;
  detail::reading held_;
};

// By open_shared. A mutex with all its members, which are those of the writer, and beside them those
// of the readers: any number of readers, or one writer.
//
// - A writer or reader that dies, in whatever way, is gone at once. The death of a writer poisons,
//   that of a reader does not.
// - A writer waits for those readers alone who were there before; who comes then waits for it.
// - The first 31 readers are inside at once. One more is, and then no writer is waited for by the
//   others; who comes beyond waits for one of these.
// - Not recursive: a thread that has a guard of either kind must not lock again. All that may wait then
//   throw error (would_deadlock), in every build; those that never wait do what they do for others.
//
// All members that lock throw error as those of mutex do. A writer holds as many of the locks that
// too_many_held counts as readers have been inside at once, and one more.
template <class T>
class shared_mutex : public mutex<T> {
 public:
  using shared_guard_type = shared_guard<T>;

  explicit shared_mutex(detail::access* opened) noexcept : mutex<T>(opened) {}

  // Waits while a writer has the lock or is next. Throws process::poisoned if the last writer did not
  // finish.
  shared_guard_type lock_shared() const { return read(); }
  shared_guard_type lock_shared(even_if_poisoned_t) const { return read_any(); }

  // The ends of the waits are those of mutex: the guard is empty when they come first.
  template <stop_token_like Stop>
  shared_guard_type lock_shared(const Stop& stop) const {
    return read(stop);
  }
  template <stop_token_like Stop>
  shared_guard_type lock_shared(const Stop& stop, even_if_poisoned_t) const {
    return read_any(stop);
  }
  template <duration_like Duration>
  shared_guard_type try_lock_shared_for(const Duration& duration) const {
    return read(duration);
  }
  template <duration_like Duration>
  shared_guard_type try_lock_shared_for(const Duration& duration, even_if_poisoned_t) const {
    return read_any(duration);
  }
  template <class Point>
    requires(std::is_same_v<Point, deadline> || time_point_like<Point>)
  shared_guard_type try_lock_shared_until(const Point& point) const {
    return read(point);
  }
  template <class Point>
    requires(std::is_same_v<Point, deadline> || time_point_like<Point>)
  shared_guard_type try_lock_shared_until(const Point& point, even_if_poisoned_t) const {
    return read_any(point);
  }
  template <stop_token_like Stop>
  shared_guard_type try_lock_shared_until(const deadline& until, const Stop& stop) const {
    return read(until, stop);
  }

  // Never waits. May also fail while somebody else is just trying.
  shared_guard_type try_lock_shared() const { return accept(this->opened()->try_lock_shared()); }
  shared_guard_type try_lock_shared(even_if_poisoned_t) const {
    return {this->opened(), this->opened()->try_lock_shared()};
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

 private:
  template <class... Ends>
  detail::reading wait(const Ends&... ends) const {
    detail::reading got;
    detail::wait_within(
        [&](const detail::wait_limits& limits) {
          got = this->opened()->lock_shared(limits);
          return static_cast<bool>(got);
        },
        ends...);
    return got;
  }
  template <class... Ends>
  shared_guard_type read(const Ends&... ends) const {
    return accept(wait(ends...));
  }
  template <class... Ends>
  shared_guard_type read_any(const Ends&... ends) const {
    return {this->opened(), wait(ends...)};
  }
  shared_guard_type accept(const detail::reading& got) const {
    if (got.was_poisoned) [[unlikely]]
      this->opened()->refuse_shared(got);
    return {this->opened(), got};
  }
};

// Opens the shared_mutex `name` of a T, or makes it, as open() does a mutex. Its data are kept once, in
// memory that is mapped: there are no other engines for it.
template <class T, class... Options>
  requires(detail::opens<T, Options> && ...)
[[nodiscard]] shared_mutex<T> open_shared(std::string_view name, const Options&... how) {
  static_assert(detail::require_shareable<T>::value);
  return shared_mutex<T>(detail::open_access<T>(name, true, how...));
}

}  // namespace holdfast::process
