// SPDX-License-Identifier: BSL-1.0
// The reader-writer lock of POSIX: a reader may read again while a writer waits, without end.
#pragma once

#include <cstdint>

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/spin_wait.hpp"
#include "holdfast/wait/waiter.hpp"

#include "lock/lock_token.hpp"

namespace preload {

// Whom an unlock prefers, by the numbers of the C library. `readers`: all that wait. `next_writer`: the
// first writer that waits. `writers`: the same, and while one waits no new reader comes in, so a thread
// that reads must not read again.
enum class rw_preference : int { readers = 0, next_writer = 1, writers = 2 };

enum class read_end : std::uint8_t { locked, not_locked, too_many };

// Not parking_rw_lock, where a writer that waits keeps new readers out (docs/decisions/0024). One word;
// where the C library has the same meaning it is at the same bit.
//
//  bits | name    | meaning
//  0    | written | a writer has it, or an unlock is choosing who is next; nobody enters
//  1    | writers | a writer has it, or writers may be queued
//  2    | queued  | the queue may have waiters
//  3-30 | readers | how many have it
//
// (I1) When the bucket lock is free and somebody is queued, `queued` is set, and somebody has the lock or
// was woken from the queue and is on the way. `queued` is set and cleared only under the bucket lock.
// (I2) `written` is cleared, and the last reader of a lock with `queued` leaves, only under the bucket
// lock, in one step with the choice of who is next: after that step no unlock touches the lock.
// (I3) Unless `written` is set, `writers` says at least whether writers are queued; it changes only under
// the bucket lock. A writer that gives up mends it.
template <class Platform>
class posix_rw_lock {
 public:
  using waiter = holdfast::detail::basic_waiter<typename Platform::unchecked>;
  using deadline = holdfast::deadline;

  read_end try_read(rw_preference preference) noexcept {
    std::uint32_t seen = word_.load(order::relaxed);
    do {
      if (keeps_readers_out(seen, preference)) return read_end::not_locked;
      if ((seen & most_readers) == most_readers) return read_end::too_many;
    } while (!word_.compare_exchange(seen, seen + reader,
                                     order::acquire,  // [X1] receives the writes of the last writer
                                     order::relaxed));
    return read_end::locked;
  }

  bool try_write() noexcept {
    std::uint32_t seen = word_.load(order::relaxed);
    while (is_free(seen))
      if (word_.compare_exchange(seen, (seen & queued) | written | writers,
                                 order::acquire,  // [X1] everything before every unlock
                                 order::relaxed))
        return true;
    return false;
  }

  // Wait until `until` has passed.
  read_end read(rw_preference preference, const deadline& until) noexcept;
  bool write(rw_preference preference, const deadline& until) noexcept;

  // Either kind of lock. False if nobody has any.
  bool unlock(rw_preference preference) noexcept {
    std::uint32_t seen = word_.load(order::relaxed);
    for (;;) {
      std::uint32_t next = 0;
      if ((seen & written) != 0) {
        if ((seen & queued) != 0) break;
      } else {
        if ((seen & most_readers) == 0) return false;
        if ((seen & most_readers) == reader && (seen & queued) != 0) {
          if (become_writer(seen)) break;
          continue;
        }
        next = seen - reader;
      }
      if (word_.compare_exchange(seen, next,
                                 order::release,  // [X1]
                                 order::relaxed))
        return true;  // after the exchange *this may be gone
    }
    hand_on(preference);
    return true;
  }

 private:
  using order = holdfast::platform::order;
  using lot_type = holdfast::detail::basic_parking_lot<typename Platform::unchecked>;
  using token = holdfast::detail::lock_token;

  static constexpr std::uint32_t written = 1;
  static constexpr std::uint32_t writers = 2;
  static constexpr std::uint32_t queued = 4;
  static constexpr std::uint32_t reader = 8;
  static constexpr std::uint32_t most_readers = 0x7fff'fff8;  // and their mask

  // What a waiter says for itself.
  static constexpr std::uintptr_t as_reader = 1;
  static constexpr std::uintptr_t as_writer = 2;

  static bool keeps_readers_out(std::uint32_t seen, rw_preference preference) noexcept {
    return (seen & written) != 0 || ((seen & writers) != 0 && preference == rw_preference::writers);
  }
  static bool is_free(std::uint32_t seen) noexcept {
    return (seen & (written | most_readers)) == 0;
  }

  // The last reader, which has waiters behind it, keeps everybody out while it chooses who is next.
  bool become_writer(std::uint32_t& seen) noexcept {
    return word_.compare_exchange(seen, queued | written | writers,
                                  order::acquire,  // [X1] passes on what other readers released
                                  order::relaxed);
  }

  template <class Blocked>
  bool mark_queued(Blocked is_blocked, std::uint32_t bits) noexcept;
  HOLDFAST_COLD void hand_on(rw_preference preference) noexcept;
  bool hand_on_to(bool readers_next, rw_preference preference) noexcept;
  void leave_as_writer(rw_preference preference) noexcept;

  typename Platform::template atomic<std::uint32_t> word_;
};

// Runs under the bucket lock, before this thread queues.
template <class Platform>
template <class Blocked>
bool posix_rw_lock<Platform>::mark_queued(Blocked is_blocked, std::uint32_t bits) noexcept {
  std::uint32_t seen = word_.load(order::relaxed);
  for (;;) {
    if (!is_blocked(seen)) return false;
    if ((seen & bits) == bits) return true;
    if (word_.compare_exchange(seen, seen | bits, order::relaxed, order::relaxed)) return true;
  }
}

template <class Platform>
read_end posix_rw_lock<Platform>::read(rw_preference preference, const deadline& until) noexcept {
  waiter self;
  holdfast::detail::spin_before_park<Platform> wait;
  const auto queue = [this, preference] {
    return mark_queued(
        [preference](std::uint32_t seen) { return keeps_readers_out(seen, preference); }, queued);
  };
  for (;;) {
    if (const read_end end = try_read(preference); end != read_end::not_locked) return end;
    if (wait.spin()) continue;
    if (Platform::has_passed(until)) return read_end::not_locked;
    const auto parked =
        lot_type::instance().park(this, self, until, queue, [] {}, {.about = as_reader});
    if (holdfast::detail::is_handed_over(parked)) return read_end::locked;
    if (parked.end == holdfast::detail::park_end::unparked) wait.start_over();
  }
}

template <class Platform>
bool posix_rw_lock<Platform>::write(rw_preference preference, const deadline& until) noexcept {
  waiter self;
  holdfast::detail::spin_before_park<Platform> wait;
  const auto queue = [this] {
    return mark_queued([](std::uint32_t seen) { return !is_free(seen); }, queued | writers);
  };
  for (;;) {
    if (try_write()) return true;
    if (wait.spin()) continue;
    if (Platform::has_passed(until)) return false;
    const auto parked =
        lot_type::instance().park(this, self, until, queue, [] {}, {.about = as_writer});
    if (holdfast::detail::is_handed_over(parked)) return true;
    if (parked.end == holdfast::detail::park_end::unparked) wait.start_over();
    if (parked.end == holdfast::detail::park_end::deadline_passed) leave_as_writer(preference);
  }
}

// Whoever calls it has `written` set, so that nothing changes until one of those who are preferred is
// next, or one of the others, or nobody.
template <class Platform>
void posix_rw_lock<Platform>::hand_on(rw_preference preference) noexcept {
  bool readers_next = preference == rw_preference::readers;
  while (!hand_on_to(readers_next, preference)) readers_next = !readers_next;
}

// False if all who wait are of the other kind; then nothing has happened. A writer is only woken, so that
// others may come before it, if readers are preferred and the lot does not say that it is time; all others
// have the lock when they wake.
template <class Platform>
bool posix_rw_lock<Platform>::hand_on_to(bool readers_next, rw_preference preference) noexcept {
  using holdfast::detail::pick;
  bool one_chosen = false;
  bool writers_stay = false;
  bool done = true;
  const auto choose = [&](std::uintptr_t about) {
    if (about == as_reader) return readers_next ? pick::wake : pick::leave;
    const bool chosen = !readers_next && !one_chosen;
    if (chosen)
      one_chosen = true;
    else
      writers_stay = true;
    return chosen ? pick::wake : pick::leave;
  };
  const auto decide = [&](const holdfast::detail::picked& all) {
    done = all.woken != 0 || !all.more;
    if (!done) return std::uintptr_t{0};
    const bool hands_over =
        all.woken != 0 && (readers_next || preference != rw_preference::readers || all.hand_off);
    std::uint32_t next = (all.more ? queued : 0) | (writers_stay ? writers : 0);
    if (hands_over)
      next |= readers_next ? static_cast<std::uint32_t>(all.woken) * reader : written | writers;
    word_.store(next, order::release);  // [X1]
    // After this line *this may be gone.
    return static_cast<std::uintptr_t>(hands_over ? token::handed_over : token::try_again);
  };
  lot_type::instance().unpark_picked(this, choose, decide);
  return done;
}

// A writer has left the queue by itself. Readers that queued because of it look again.
template <class Platform>
void posix_rw_lock<Platform>::leave_as_writer(rw_preference preference) noexcept {
  using holdfast::detail::pick;
  bool writers_stay = false;
  const auto choose = [&](std::uintptr_t about) {
    if (about == as_writer) writers_stay = true;
    return about == as_reader && preference == rw_preference::writers ? pick::wake : pick::leave;
  };
  const auto decide = [&](const holdfast::detail::picked& all) {
    const std::uint32_t bits = (all.more ? queued : 0) | (writers_stay ? writers : 0);
    std::uint32_t seen = word_.load(order::relaxed);
    std::uint32_t next = 0;
    do {
      next = (seen & ~(queued | writers)) | bits | ((seen & written) != 0 ? writers : 0);
    } while (!word_.compare_exchange(seen, next, order::relaxed, order::relaxed));
    return static_cast<std::uintptr_t>(token::try_again);
  };
  lot_type::instance().unpark_picked(this, choose, decide);
}

}  // namespace preload
