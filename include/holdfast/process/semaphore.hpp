// SPDX-License-Identifier: BSL-1.0
// The semaphore between processes: a permit whose owner dies comes back.
#pragma once

#if defined(_WIN32)
#error \
    "holdfast::process::semaphore is not there on Windows, which has no lock in memory that ends with its owner; `holdfast lock --slots` counts processes there"
#endif

#include <cstdint>
#include <new>
#include <string_view>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/process/identity.hpp"
#include "holdfast/process/named.hpp"
#include "holdfast/process/robust_lock.hpp"
#include "holdfast/process/shareable.hpp"
#include "holdfast/process/wait_limits.hpp"

namespace holdfast::process {

class permit;

// A number of permits that threads of any process take and give back, and wait for when there are
// none. Lies in shared memory: as a part of the data of a segment, or by open_semaphore.
//
// acquire and release are those of a signal: nobody owns such a permit, and if its taker dies it is
// gone. acquire_permit gives a permit with an owner, which is the calling thread: when that dies, by
// whatever, or calls exec, the permit comes back, and whoever gets the next one with an owner is
// told. At most owned_at_most permits have an owner at a time; who wants one more waits.
//
// Nobody who waits is ever left asleep by the death of another. Of a death that comes between a change
// and the wake that belongs to it the others learn within some 50 ms, of all else at once.
//
// Each operation is a short section under a lock. A process that is stopped (SIGSTOP) just there
// delays the others until it goes on: release waits, and the others until their deadline.
//
// Ordering: everything before a release, or before the death of an owner, happens before the return
// of the acquire that takes its permit.
class HOLDFAST_EXPORT semaphore {
  auto taking() {
    return [this](const detail::wait_limits& limits) { return acquire_within(limits, nullptr); };
  }

 public:
  static constexpr unsigned owned_at_most = 62;

  // The largest number of permits.
  static constexpr std::int64_t max() noexcept { return 0x7fff'ffff; }

  // Throws std::system_error (invalid_argument) if `permits` is negative or more than max().
  explicit semaphore(std::int64_t permits);
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  // Waits for a permit. Like all that wait or acquire, throws error if a fiber calls it or if the
  // thread holds too many locks between processes.
  void acquire() { static_cast<void>(detail::wait_within(taking())); }

  // Waits for a permit (true) or until a stop is requested (false). If one has been requested
  // already, takes nothing.
  template <stop_token_like Stop>
  [[nodiscard]] bool acquire(const Stop& stop) {
    return detail::wait_within(taking(), stop);
  }

  // Does not wait for a permit. (For others to end their short sections it does, at most about a
  // millisecond, and fails if that is not enough.)
  [[nodiscard]] bool try_acquire() {
    return detail::wait_within(taking(), deadline::already_past());
  }

  // Waits at most `duration`, or until `point`: a deadline, or a point of any clock. False if no
  // permit came.
  template <duration_like Duration>
  [[nodiscard]] bool try_acquire_for(const Duration& duration) {
    return detail::wait_within(taking(), duration);
  }
  template <class Point>
  [[nodiscard]] bool try_acquire_until(const Point& point) {
    return detail::wait_within(taking(), point);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool try_acquire_until(const deadline& until, const Stop& stop) {
    return detail::wait_within(taking(), until, stop);
  }

  // Adds permits and wakes as many waiters. Throws std::system_error if there would be more than
  // max() (value_too_large) or `permits` is negative (invalid_argument); nothing has changed then.
  void release(std::int64_t permits = 1);

  // The same waits, for a permit that this thread owns and that is released at the end of its scope;
  // empty if none came.
  permit acquire_permit();
  template <stop_token_like Stop>
  permit acquire_permit(const Stop& stop);
  permit try_acquire_permit();
  template <duration_like Duration>
  permit try_acquire_permit_for(const Duration& duration);
  template <class Point>
  permit try_acquire_permit_until(const Point& point);
  template <stop_token_like Stop>
  permit try_acquire_permit_until(const deadline& until, const Stop& stop);

  // A glance at the permits that are there; others may change them at once. One whose owner has died
  // is counted when somebody has noticed, which whoever finds none does.
  std::int64_t available() const noexcept;

  // How many permits have come back from owners that had died, since the semaphore was made. (One
  // too many for each who died in the very moment of noticing.)
  std::uint64_t abandoned() const noexcept { return abandoned_.load(platform::order::relaxed); }

 private:
  friend class permit;
  class section;

  // Of a permit with an owner, whose thread holds `owner` as long as it has the permit.
  struct alignas(64) seat {
    detail::robust_lock owner;
    owner_record record;
  };

  bool acquire_within(const detail::wait_limits& limits, permit* owned);
  bool take(permit* owned) noexcept;
  bool sit_down(permit& owned) noexcept;
  bool take_back_from_dead() noexcept;
  void wake(std::uint32_t permits) noexcept;
  void sleep(const detail::wait_limits& limits, detail::wait_set& sleeper) noexcept;
  void release_owned(permit& owned, bool forget) noexcept;
  std::int64_t count() const noexcept;

  // Every operation changes the permits by one store, so whoever dies has done it or not:
  //
  //  available = pool - seats taken
  //  acquire, release              pool -1, +n
  //  acquire_permit, its end       a bit of `taken` is set, cleared
  //  an owner died                 its bit of `to_tell` is set, then that of `taken` cleared
  //  forget                        pool -1, then the bit cleared: in between one is missing
  //
  // (S1) All four words change under `lock_` alone. (S2) Who has a bit of `taken` holds the lock of
  // that seat, or is dead, or is about to clear the bit with `lock_` held.
  detail::robust_lock lock_;
  platform::atomic<std::uint32_t> pool_;
  platform::atomic<std::uint32_t> signal_;  // bit 0: somebody sleeps; the rest counts the releases
  platform::atomic<std::uint64_t> taken_;
  platform::atomic<std::uint64_t> to_tell_;  // whose record is of an owner that died, and is news
  platform::atomic<std::uint64_t> abandoned_;
  seat seats_[owned_at_most];
};

// Owns a permit of a semaphore and releases it at the end of its scope. Belongs to its thread: it
// neither moves nor copies. In the child of a fork it is worth nothing: it does nothing there.
class HOLDFAST_EXPORT [[nodiscard]] permit {
 public:
  struct thread_bound;

  permit() noexcept = default;
  permit(const permit&) = delete;
  permit& operator=(const permit&) = delete;
  ~permit() { release(); }

  // True while a permit is owned.
  explicit operator bool() const noexcept { return from_ != nullptr; }

  // This permit came back from an owner that had died, whose work is perhaps half done; and who that
  // was.
  bool was_abandoned() const noexcept { return last_owner_.pid != 0; }
  const owner_record& last_owner() const noexcept { return last_owner_; }

  // Gives the permit back early.
  void release() noexcept {
    if (from_ != nullptr) from_->release_owned(*this, false);
  }

  // Leaves the permit acquired, for anyone to release or for nobody: it has no owner any more.
  void forget() noexcept {
    if (from_ != nullptr) from_->release_owned(*this, true);
  }

 private:
  friend class semaphore;

  template <class... Ends>
  explicit permit(semaphore& from, const Ends&... ends) {
    static_cast<void>(detail::wait_within(
        [&](const detail::wait_limits& limits) { return from.acquire_within(limits, this); },
        ends...));
  }

  semaphore* from_ = nullptr;
  unsigned seat_ = 0;
  owner_record last_owner_;
};

inline permit semaphore::acquire_permit() { return permit(*this); }
template <stop_token_like Stop>
permit semaphore::acquire_permit(const Stop& stop) {
  return permit(*this, stop);
}
inline permit semaphore::try_acquire_permit() { return permit(*this, deadline::already_past()); }
template <duration_like Duration>
permit semaphore::try_acquire_permit_for(const Duration& duration) {
  return permit(*this, duration);
}
template <class Point>
permit semaphore::try_acquire_permit_until(const Point& point) {
  return permit(*this, point);
}
template <stop_token_like Stop>
permit semaphore::try_acquire_permit_until(const deadline& until, const Stop& stop) {
  return permit(*this, until, stop);
}

template <>
inline constexpr bool enable_shareable<semaphore> = true;

// Opens the semaphore `name`, or makes it with so many permits: to one that is there they are nothing.
// `how` are the options of open() but for the engine and double_buffered. Throws error.
template <option... Options>
[[nodiscard]] named<semaphore> open_semaphore(std::string_view name, std::int64_t permits,
                                              const Options&... how) {
  options all;
  (all.set(how), ...);
  const auto make = [](void* context, void* place) {
    ::new (place) semaphore(*static_cast<std::int64_t*>(context));
  };
  return named<semaphore>(
      detail::open_object(name, all, detail::facts_of_object<semaphore>(make, &permits)));
}

}  // namespace holdfast::process
