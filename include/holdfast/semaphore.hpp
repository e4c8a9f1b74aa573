// SPDX-License-Identifier: BSL-1.0
// The semaphore: a number of permits that threads take and give back, and wait for when there are
// none.
#pragma once

#include <cstdint>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/wait_ends.hpp"

namespace holdfast {

namespace detail {

// What a semaphore is without its limit.
//
//  count parked | meaning                                              legal next
//    n     0    | n permits, nobody queued                             take, add
//    n     1    | n permits, the queue may have waiters; if there are  take, by anyone; add_slow
//               | any, as many as n are on their way                   park if n = 0
//
// (I1) When the bucket lock of the queue is free and a waiter is queued, `parked` is set. It is set
// and cleared only under the bucket lock, and while it is set permits are added only there. It may
// stay set with an empty queue: that costs the next release a look.
//
// The other half of the word is a guess. A load from what a locked instruction has just written
// stalls some CPUs until that write is through (docs/decisions/0003), so a pair of acquire and
// release in a row would stall twice. A compare-and-swap with a guess loads nothing: acquire
// expects the count that the last one found, release one less. A guess is made when the one before
// was right, and changed only by a thread that has not acquired yet: it must not touch a
// semaphore that may be gone.
template <class Platform>
class HOLDFAST_EXPORT semaphore_core {
 public:
  static constexpr std::int64_t largest = 0x7fff'ffff;

  constexpr explicit semaphore_core(std::uint32_t count) noexcept
      : word_(count * one), guess_(count == 0 ? 0 : count * one | sure) {}
  semaphore_core(const semaphore_core&) = delete;
  semaphore_core& operator=(const semaphore_core&) = delete;

  std::uint32_t count() const noexcept { return word_.load(order::relaxed) / one; }

  // Takes a permit if there is one.
  bool take() noexcept {
    std::uint32_t seen;
    const std::uint32_t guess = guess_.load(order::relaxed);
    if ((guess & sure) != 0) [[likely]] {
      seen = guess - sure;
      if (take_from(seen)) [[likely]]
        return true;
      guess_.store(seen & ~parked, order::relaxed);
    } else {
      seen = word_.load(order::relaxed);
      const std::uint32_t next = (seen & ~parked) | (seen == guess && seen >= one ? sure : 0);
      if (next != guess) guess_.store(next, order::relaxed);
    }
    while (seen >= one)
      if (take_from(seen)) return true;
    return false;
  }

  // Adds permits up to `max`, and wakes as many waiters. False if that would be more than `max`:
  // nothing has changed.
  bool add(std::uint32_t permits, std::uint32_t max) noexcept {
    const std::uint32_t guess = guess_.load(order::relaxed);
    std::uint32_t seen =
        (guess & sure) != 0 && permits == 1 ? guess - sure - one : word_.load(order::relaxed);
    do {
      if ((seen & parked) != 0) [[unlikely]]
        return add_slow(permits, max);
      if (permits > max - seen / one) [[unlikely]]
        return false;
    } while (!word_.compare_exchange(seen, seen + permits * one,
                                     order::release,  // [N1]
                                     order::relaxed));
    // After this line *this may be gone.
    return true;
  }

  // Waits for a permit until `until` has passed or `waiter` is interrupted.
  HOLDFAST_COLD bool take_slow(const deadline& until,
                               basic_waiter<typename Platform::unchecked>& waiter) noexcept;

 private:
  friend async_access;
  using order = platform::order;
  static constexpr std::uint32_t parked = 1;
  static constexpr std::uint32_t one = 2;  // permit
  static constexpr std::uint32_t sure = 1;

  bool take_from(std::uint32_t& seen) noexcept {
    return word_.compare_exchange(seen, seen - one,
                                  order::acquire,  // [N1] receives the writes before the release
                                  order::relaxed);
  }

  HOLDFAST_COLD bool add_slow(std::uint32_t permits, std::uint32_t max) noexcept;
  bool add_locked(std::uint32_t permits, std::uint32_t max, bool leave_parked) noexcept;
  bool mark_parked() noexcept;

  typename Platform::template atomic<std::uint32_t> word_;
  typename Platform::template atomic<std::uint32_t> guess_;
};

[[noreturn]] HOLDFAST_EXPORT HOLDFAST_COLD void refuse_initial_permits();
[[noreturn]] HOLDFAST_EXPORT HOLDFAST_COLD void refuse_release(std::int64_t permits);

}  // namespace detail

template <class Semaphore>
class permit;

// Threads acquire permits and wait while there are none; any thread may release, also one that has
// acquired nothing. There are never more than `Max`.
//
// A newcomer may take a permit before a waiter that has just been woken, but after at most about a
// millisecond of that a release gives its permits to the longest waiters.
//
// Ordering: everything before a release happens before the return of the acquire that takes its
// permit. Whoever has acquired a permit may destroy the semaphore if nobody else uses it: release
// does not touch it after its permits can be taken.
template <class Platform, std::int64_t Max = detail::semaphore_core<Platform>::largest>
class basic_semaphore {
 public:
  using permit_type = permit<basic_semaphore>;

  // The largest number of permits.
  static constexpr std::int64_t max() noexcept { return Max; }

  // Throws std::system_error (invalid_argument) if `permits` is negative or more than max().
  constexpr explicit basic_semaphore(std::int64_t permits) : core_(checked(permits)) {}
  basic_semaphore(const basic_semaphore&) = delete;
  basic_semaphore& operator=(const basic_semaphore&) = delete;

  // Waits for a permit, spinning for some microseconds and then asleep.
  void acquire() noexcept {
    if (core_.take()) [[likely]]
      return;
    ends::apply(slow());
  }

  // Waits for a permit (true) or until a stop is requested (false). If one has been requested
  // already, takes nothing.
  template <stop_token_like Stop>
  [[nodiscard]] bool acquire(const Stop& stop) {
    return try_acquire_until(deadline::never(), stop);
  }

  // Never waits, and fails only if there is no permit.
  [[nodiscard]] bool try_acquire() noexcept { return core_.take(); }

  // Waits at most `duration`. False if no permit came.
  template <duration_like Duration>
  [[nodiscard]] bool try_acquire_for(const Duration& duration) {
    return core_.take() || ends::apply(slow(), duration);
  }

  // Waits until `point` of its clock, which may be any clock. False if no permit came.
  template <time_point_like TimePoint>
  [[nodiscard]] bool try_acquire_until(const TimePoint& point) {
    return core_.take() || ends::apply(slow(), point);
  }
  [[nodiscard]] bool try_acquire_until(const deadline& until) noexcept {
    return core_.take() || ends::apply(slow(), until);
  }

  // Both ends at once.
  template <stop_token_like Stop>
  [[nodiscard]] bool try_acquire_until(const deadline& until, const Stop& stop) {
    if (stop.stop_requested()) return false;
    return core_.take() || ends::apply(slow(), until, stop);
  }

  // Adds permits and wakes as many waiters. Throws std::system_error if there would be more than
  // max() (value_too_large) or `permits` is negative (invalid_argument); nothing has changed then.
  void release(std::int64_t permits = 1) {
    if (permits <= 0 || permits > Max) [[unlikely]] {
      if (permits == 0) return;
      detail::refuse_release(permits);
    }
    if (!core_.add(static_cast<std::uint32_t>(permits), static_cast<std::uint32_t>(Max)))
        [[unlikely]]
      detail::refuse_release(permits);
    // After the permits were added *this may be gone.
  }

  // The same waits, for a permit that is released at the end of its scope; empty if none came.
  permit_type acquire_permit() noexcept {
    acquire();
    return permit_type(*this);
  }
  template <stop_token_like Stop>
  permit_type acquire_permit(const Stop& stop) {
    return permit_if(acquire(stop));
  }
  permit_type try_acquire_permit() noexcept { return permit_if(try_acquire()); }
  template <duration_like Duration>
  permit_type try_acquire_permit_for(const Duration& duration) {
    return permit_if(try_acquire_for(duration));
  }
  template <time_point_like TimePoint>
  permit_type try_acquire_permit_until(const TimePoint& point) {
    return permit_if(try_acquire_until(point));
  }
  permit_type try_acquire_permit_until(const deadline& until) noexcept {
    return permit_if(try_acquire_until(until));
  }
  template <stop_token_like Stop>
  permit_type try_acquire_permit_until(const deadline& until, const Stop& stop) {
    return permit_if(try_acquire_until(until, stop));
  }

  // For coroutines, by <holdfast/async.hpp>. `last` are ends as those of mutex::lock_when, and then
  // perhaps resume_on(executor). `co_await` gives what the forms above return: with ends, false or
  // an empty permit if none came.
  template <class... Arguments>
  auto acquire_async(const Arguments&... last) {
    return detail::include_holdfast_async_hpp<basic_semaphore>::acquire(*this, last...);
  }
  template <class... Arguments>
  auto acquire_permit_async(const Arguments&... last) {
    return detail::include_holdfast_async_hpp<basic_semaphore>::acquire_permit(*this, last...);
  }

  // A glance at the permits that are there; other threads may change them at once.
  std::int64_t available() const noexcept { return core_.count(); }

 private:
  friend detail::async_access;
  static_assert(Max > 0 && Max <= detail::semaphore_core<Platform>::largest);
  using ends = detail::wait_ends<Platform>;

  static constexpr std::uint32_t checked(std::int64_t permits) {
    if (permits < 0 || permits > Max) detail::refuse_initial_permits();
    return static_cast<std::uint32_t>(permits);
  }

  auto slow() noexcept {
    return [this](const deadline& until, typename ends::waiter& waiter) noexcept {
      return core_.take_slow(until, waiter);
    };
  }

  permit_type permit_if(bool acquired) noexcept {
    return acquired ? permit_type(*this) : permit_type();
  }

  detail::semaphore_core<Platform> core_;
};

using semaphore = basic_semaphore<platform::chosen>;

// At most one permit. A second release in a row is an error.
using binary_semaphore = basic_semaphore<platform::chosen, 1>;

static_assert(sizeof(semaphore) == 8 && sizeof(binary_semaphore) == 8);

// Owns a permit of a semaphore and releases it at the end of its scope. Moves and does not copy;
// may end in another thread.
template <class Semaphore = semaphore>
class [[nodiscard]] permit {
 public:
  permit() noexcept = default;

  // Takes over a permit that has been acquired.
  explicit permit(Semaphore& from) noexcept : from_(&from) {}

  permit(permit&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
  permit& operator=(permit&& other) noexcept {
    if (this != &other) {
      release();
      from_ = std::exchange(other.from_, nullptr);
    }
    return *this;
  }
  permit(const permit&) = delete;
  permit& operator=(const permit&) = delete;
  ~permit() { release(); }

  // True while a permit is owned.
  explicit operator bool() const noexcept { return from_ != nullptr; }

  // Gives the permit back early. If there are max() already, somebody has released a permit that he
  // had not: that ends the program.
  void release() noexcept {
    if (from_ != nullptr) std::exchange(from_, nullptr)->release();
  }

  // Leaves the permit acquired, for another thread to release or for nobody.
  void forget() noexcept { from_ = nullptr; }

 private:
  Semaphore* from_ = nullptr;
};

}  // namespace holdfast
