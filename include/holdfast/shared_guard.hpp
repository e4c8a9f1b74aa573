// SPDX-License-Identifier: BSL-1.0
// The guards of those who read, and the steps between reading and writing.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/fatal.hpp"
#include "holdfast/base/lock_concepts.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/guard.hpp"
#include "holdfast/project.hpp"

namespace holdfast {

namespace detail {

// The shared side of a lock of the standard's kind, as a lock of its own (see lock/rw_halves.hpp).
template <class Lock>
class plain_shared_half {
 public:
  struct token {};

  explicit plain_shared_half(Lock& lock, token = {}) noexcept : lock_(lock) {}

  void lock() { lock_.lock_shared(); }
  bool try_lock() { return lock_.try_lock_shared(); }
  void unlock() { lock_.unlock_shared(); }
  template <class Duration>
  bool try_lock_for(const Duration& duration)
    requires requires(Lock& lock) { lock.try_lock_shared_for(duration); }
  {
    return lock_.try_lock_shared_for(duration);
  }
  template <class Point>
  bool try_lock_until(const Point& point)
    requires requires(Lock& lock) { lock.try_lock_shared_until(point); }
  {
    return lock_.try_lock_shared_until(point);
  }
  static token entered_by() noexcept { return {}; }

 private:
  Lock& lock_;
};

// How a guard that only reads holds its lock.
struct shared_mode {
  template <class Lock>
  struct half_of {
    using type = plain_shared_half<Lock>;
  };
  template <class Lock>
    requires requires { typename Lock::shared_half; }
  struct half_of<Lock> {
    using type = typename Lock::shared_half;
  };
};
struct upgrade_mode {
  template <class Lock>
  struct half_of {
    using type = typename Lock::upgrade_half;
  };
};

template <class Mode, class Lock>
using half = typename Mode::template half_of<Lock>::type;

struct reading_access;

}  // namespace detail

// Gives const data, and never poisons: who only reads breaks nothing. `Mutex` is the mutex<...> that
// a shared_mutex is, `Value` its const data or a part of it.
//
// Moves and does not copy; may be moved to another thread and unlocked there. An empty one, from a
// try that failed, a move or an unlock, must not be dereferenced.
template <class Mutex, class Value, class Mode>
class [[nodiscard]] read_guard {
  static constexpr bool may_move = !thread_owned<typename Mutex::lock_type>;
  using half = detail::half<Mode, typename Mutex::lock_type>;
  using token = decltype(std::declval<half>().entered_by());

 public:
  struct thread_bound;
  using mutex_type = Mutex;
  using value_type = Value;

  read_guard() noexcept = default;

  read_guard(read_guard&& other) noexcept
    requires may_move
      : read_guard(other, other.value_) {}

  read_guard& operator=(read_guard&& other) noexcept
    requires may_move
  {
    if (this != &other) {
      unlock();
      mutex_ = std::exchange(other.mutex_, nullptr);
      value_ = other.value_;
      token_ = other.token_;
      was_poisoned_ = other.was_poisoned_;
      owns_ = std::exchange(other.owns_, false);
    }
    return *this;
  }

  read_guard(const read_guard&) = delete;
  read_guard& operator=(const read_guard&) = delete;

  ~read_guard() { unlock(); }

  // True while the lock is held.
  explicit operator bool() const noexcept { return owns_; }
  bool owns_lock() const noexcept { return owns_; }

  // The mutex that this guard holds, or held before unlock(); null if it was empty from the start.
  const Mutex* mutex() const noexcept { return mutex_; }

  // The mutex was poisoned when this guard locked it. Only where the caller said even_if_poisoned.
  bool was_poisoned() const noexcept { return was_poisoned_; }

  Value& operator*() const& noexcept { return *value_; }
  Value* operator->() const& noexcept { return value_; }

  // As with guard: `m.lock_shared()->f()` keeps the lock to the end of the full expression.
  Value* operator->() const&& noexcept { return value_; }
  Value& operator*() const&& = delete;

  // Releases early; the guard is empty but remembers its mutex.
  void unlock() noexcept HOLDFAST_UNANALYSED {
    if (!std::exchange(owns_, false)) return;
    half(lock_of(), token_).unlock();
  }

  // Locks again after unlock(), in the same way; does nothing if the lock is held. If the mutex has
  // been poisoned meanwhile, throws poisoned *with the lock held*, so that the guard is as usable as
  // before. A guard that knew it was poisoned does not throw.
  void lock() HOLDFAST_UNANALYSED {
    if (owns_) return;
    half side(lock_of());
    side.lock();
    now_reader(side.entered_by());
  }

  // The same without waiting; false if the lock cannot be had at once.
  bool try_lock() HOLDFAST_UNANALYSED {
    if (owns_) return true;
    half side(lock_of());
    if (!side.try_lock()) return false;
    now_reader(side.entered_by());
    return true;
  }

 private:
  friend detail::reading_access;
  template <class, class, class>
  friend class read_guard;

  // The lock of `mutex` is held.
  read_guard(const Mutex* mutex, Value* value, token entered_by, bool was_poisoned) noexcept
      : mutex_(mutex),
        value_(value),
        token_(entered_by),
        was_poisoned_(was_poisoned),
        owns_(true) {}

  // For moves and projections: takes over from `other`, which is empty afterwards.
  template <class Whole>
  read_guard(read_guard<Mutex, Whole, Mode>& other, Value* part) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)),
        value_(part),
        token_(other.token_),
        was_poisoned_(other.was_poisoned_),
        owns_(std::exchange(other.owns_, false)) {}

  auto& lock_of() const noexcept { return detail::mutex_access::lock_of(*mutex_); }

  void now_reader(token entered_by) {
    token_ = entered_by;
    owns_ = true;
    const bool knew = was_poisoned_;
    was_poisoned_ = detail::mutex_access::found_poisoned(*mutex_);
    if (was_poisoned_ && !knew) detail::mutex_access::refuse(*mutex_);
  }

  const Mutex* mutex_ = nullptr;
  Value* value_ = nullptr;
  [[no_unique_address]] token token_{};
  bool was_poisoned_ = false;
  bool owns_ = false;
};

// One of any number of readers.
template <class Mutex, class Value = const typename Mutex::value_type>
using shared_guard = read_guard<Mutex, Value, detail::shared_mode>;

// The one reader beside the others who may become the writer: see upgrade().
template <class Mutex, class Value = const typename Mutex::value_type>
using upgrade_guard = read_guard<Mutex, Value, detail::upgrade_mode>;

namespace detail {

// The door to what guards that read keep private.
struct reading_access {
  template <class Mode, class Mutex, class Value, class Token>
  static read_guard<Mutex, Value, Mode> make(const Mutex* mutex, Value* value, Token entered_by,
                                             bool was_poisoned) noexcept {
    return {mutex, value, entered_by, was_poisoned};
  }

  template <class Part, class Mutex, class Whole, class Mode>
  static read_guard<Mutex, Part, Mode> narrow(read_guard<Mutex, Whole, Mode>& whole,
                                              Part* part) noexcept {
    return {whole, part};
  }

  template <class Mutex, class Value, class Mode>
  static auto& lock_of(const read_guard<Mutex, Value, Mode>& reader) noexcept {
    return reader.lock_of();
  }

  // Ends a reader that does not unlock; returns its data.
  template <class Mutex, class Value, class Mode>
  static Value* end_reader(read_guard<Mutex, Value, Mode>& reader) noexcept {
    reader.owns_ = false;
    reader.mutex_ = nullptr;
    return reader.value_;
  }

  // The writer that `reader` has become. A mutex that gives upgrade guards is not const.
  template <class Mutex>
  static guard<Mutex> writer_from(upgrade_guard<Mutex>& reader) noexcept {
    const held<Mutex> from{const_cast<Mutex*>(reader.mutex_), reader.was_poisoned_};
    end_reader(reader);
    return guard<Mutex>(from);
  }
};

template <class Guard>
void refuse_if_empty(const Guard& guard, const char* what) {
  if (!guard) throw_not_owner(what);
}

template <class Mutex, class Try>
guard<Mutex> upgrade_if(upgrade_guard<Mutex>& reader, Try upgrades) {
  refuse_if_empty(reader, "upgrade");
  typename Mutex::lock_type::upgrading_half half(reading_access::lock_of(reader));
  if (!upgrades(half)) return guard<Mutex>();
  return reading_access::writer_from(reader);
}

}  // namespace detail

// The guard of a part of what `whole` guards, as project() of a guard. If `part_of` throws, the
// mutex is unlocked and not poisoned.
template <class Mutex, class Whole, class Mode, class PartOf>
auto project(read_guard<Mutex, Whole, Mode>&& whole, PartOf&& part_of) {
  auto* const part = detail::part_of_guarded(whole, std::forward<PartOf>(part_of));
  return detail::reading_access::narrow(whole, part);
}

// Waits until the other readers have gone, and writes. No other writer comes in between: what was
// read is still true. `reader` is empty then.
template <class Mutex>
guard<Mutex> upgrade(upgrade_guard<Mutex>&& reader) {
  return detail::upgrade_if(reader, [](auto& half) {
    half.lock();
    return true;
  });
}

// The same; when it fails the result is empty and `reader` holds the lock as before. The first never
// waits, the others until their end comes.
template <class Mutex>
guard<Mutex> try_upgrade(upgrade_guard<Mutex>&& reader) {
  return detail::upgrade_if(reader, [](auto& half) { return half.try_lock(); });
}
template <class Mutex, duration_like Duration>
guard<Mutex> try_upgrade_for(upgrade_guard<Mutex>&& reader, const Duration& duration) {
  return detail::upgrade_if(reader, [&](auto& half) { return half.try_lock_for(duration); });
}
template <class Mutex, class Point>
guard<Mutex> try_upgrade_until(upgrade_guard<Mutex>&& reader, const Point& point) {
  return detail::upgrade_if(reader, [&](auto& half) { return half.try_lock_until(point); });
}
template <class Mutex, stop_token_like Stop>
guard<Mutex> try_upgrade_until(upgrade_guard<Mutex>&& reader, const deadline& until,
                               const Stop& stop) {
  return detail::upgrade_if(reader, [&](auto& half) { return half.try_lock_until(until, stop); });
}
template <class Mutex, stop_token_like Stop>
guard<Mutex> upgrade(upgrade_guard<Mutex>&& reader, const Stop& stop) {
  return detail::upgrade_if(reader, [&](auto& half) { return half.lock(stop); });
}

// From writing to reading, or from upgradable to plain reading, with no writer in between. Never
// waits. The guard given is empty then.
template <class Mutex, class Value>
shared_guard<Mutex, const Value> downgrade(guard<Mutex, Value>&& writer) {
  detail::refuse_if_empty(writer, "downgrade");
  const Mutex* const mutex = detail::mutex_access::mutex_of(writer);
  const bool was_poisoned = writer.was_poisoned();
  const Value* const value = detail::mutex_access::end_owner(writer);
  typename Mutex::lock_type::shared_half half(detail::mutex_access::lock_of(*mutex));
  half.lock_by_writer();
  return detail::reading_access::make<detail::shared_mode>(mutex, value, half.entered_by(),
                                                           was_poisoned);
}
template <class Mutex, class Value>
shared_guard<Mutex, Value> downgrade(upgrade_guard<Mutex, Value>&& reader) {
  detail::refuse_if_empty(reader, "downgrade");
  const Mutex* const mutex = reader.mutex();
  const bool was_poisoned = reader.was_poisoned();
  Value* const value = detail::reading_access::end_reader(reader);
  typename Mutex::lock_type::shared_half half(detail::mutex_access::lock_of(*mutex));
  half.lock_by_upgradable();
  return detail::reading_access::make<detail::shared_mode>(mutex, value, half.entered_by(),
                                                           was_poisoned);
}

// From writing to reading that may become writing again.
template <class Mutex, class Value>
upgrade_guard<Mutex, const Value> downgrade_to_upgrade(guard<Mutex, Value>&& writer) {
  detail::refuse_if_empty(writer, "downgrade_to_upgrade");
  const Mutex* const mutex = detail::mutex_access::mutex_of(writer);
  const bool was_poisoned = writer.was_poisoned();
  const Value* const value = detail::mutex_access::end_owner(writer);
  detail::mutex_access::lock_of(*mutex).unlock_and_lock_upgrade();
  return detail::reading_access::make<detail::upgrade_mode>(
      mutex, value, typename Mutex::lock_type::upgrade_half::token{}, was_poisoned);
}

}  // namespace holdfast
