// SPDX-License-Identifier: BSL-1.0
// The state of a lock that parks: one byte says whether it is held, the mark beside it what
// its unlock has to look out for.
#pragma once

#include <cstdint>

#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/thread_local_read.hpp"

namespace holdfast::platform {

// How many releases by compare-and-swap count the wariness of a lock down by one.
inline constexpr unsigned releases_that_count_one = 16;

// Two bytes that are looked at one by one and may be changed both at once. The model checker has its
// own (model/lock_bytes.hpp), so that it explores what stands below.
class alignas(2) two_bytes {
 public:
  constexpr two_bytes() noexcept = default;

  // For the restartable release.
  std::uint8_t* address() noexcept { return held_.address(); }

  // True for every so many releases of a thread: those count.
  HOLDFAST_READS_THREAD_LOCAL static bool this_release_counts() noexcept {
    static constinit thread_local unsigned releases = 0;
    return ++releases % releases_that_count_one == 0;
  }

 protected:
  using pair [[gnu::may_alias]] = std::uint16_t;
  static constexpr bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

  static constexpr pair pack(unsigned held, unsigned mark) noexcept {
    return static_cast<pair>(little ? held | mark << 8U : held << 8U | mark);
  }
  static constexpr std::uint8_t mark_of(pair both) noexcept {
    return static_cast<std::uint8_t>(little ? both >> 8U : both & 0xffU);
  }

  bool compare_exchange_both(pair& expected, pair desired, order success, order failure) noexcept {
    return atomic_compare_exchange(both(), expected, desired, static_cast<int>(success),
                                   static_cast<int>(failure));
  }
  pair fetch_or_both(pair bits, order o) noexcept {
    return atomic_fetch_or(both(), bits, static_cast<int>(o));
  }

  atomic<std::uint8_t> held_;
  atomic<std::uint8_t> mark_;

 private:
  pair* both() noexcept { return reinterpret_cast<pair*>(this); }
};

// Two bytes and not bits of one, because of the restartable release (restartable.hpp): it looks at
// the second and stores to the first. A load from the very byte that the locking instruction has
// just written stalls some CPUs until that write is through, a load from its neighbour does not
// (docs/decisions/0003); and a store to `held` alone cannot wipe out a mark that was set meanwhile.
//
//   mark     | meaning                                       release
//   0        | nobody has to be told                         by sequence, or compare-and-swap
//   bit 0    | parked: somebody may be queued                under the bucket lock
//   bit 1    | asked: somebody awake wants it handed over    under the bucket lock
//   bits 2-7 | wary: waiters came lately, so the next        by compare-and-swap, of which some
//            | releases must not be sequences                count down
//
// `parked` and `asked` are set and cleared only under the bucket lock. `wary` is set there, and
// counted down by owners.
template <class Bytes>
class basic_lock_bytes : public Bytes {
  using Bytes::held_;
  using Bytes::mark_;
  using Bytes::mark_of;
  using Bytes::pack;
  using typename Bytes::pair;

 public:
  static constexpr unsigned wary_at_most = 63;

  // What mark_parked() found.
  enum class found : std::uint8_t { free, held_and_wary, held };

  constexpr basic_lock_bytes() noexcept = default;

  // Takes the lock if it is not held.
  bool take() noexcept {
    std::uint8_t expected = 0;
    return held_.compare_exchange(expected, 1,
                                  order::acquire,  // [L1] receives the last owner's writes
                                  order::relaxed);
  }

  bool is_held() const noexcept { return held_.load(order::relaxed) != 0; }
  bool is_parked() const noexcept { return (mark_.load(order::relaxed) & parked) != 0; }

  // "If nobody is queued, release", against the two marks in one step. False: somebody may be
  // queued, nothing changed.
  bool release_alone() noexcept {
    std::uint8_t mark = mark_.load(order::relaxed);
    while ((mark & queued) == 0) {  // at most thrice: only these two can come meanwhile
      pair expected = pack(1, mark);
      const bool counts = mark != 0 && Bytes::this_release_counts();
      const pair desired = pack(0, static_cast<std::uint8_t>(counts ? mark - one_wary : mark));
      if (this->compare_exchange_both(expected, desired,
                                      order::release,  // [L1]
                                      order::relaxed))
        return true;
      if ((expected & pack(1, 0)) == 0) return true;  // misuse: it was not held
      mark = mark_of(expected);
    }
    return false;
  }

  // Sets `parked`. Only under the bucket lock.
  found mark_parked() noexcept {
    const pair before = this->fetch_or_both(pack(0, parked), order::relaxed);
    if ((before & pack(1, 0)) == 0) return found::free;
    return mark_of(before) >= one_wary ? found::held_and_wary : found::held;
  }

  // Sets `asked`. Only under the bucket lock.
  void mark_asked() noexcept { this->fetch_or_both(pack(0, asked), order::relaxed); }

  // Only by the owner and under the bucket lock, so nobody else changes the second byte now.
  void release(bool leave_parked, unsigned wary) noexcept {
    hand_over(leave_parked, wary);
    held_.store(0, order::release);  // [L1] hands our writes to the next owner
    // After this line *this may be gone.
  }

  // The same, and the lock stays held: for its next owner.
  void hand_over(bool leave_parked, unsigned wary) noexcept {
    mark_.store(static_cast<std::uint8_t>((leave_parked ? parked : 0U) | wary * one_wary),
                order::relaxed);
  }

 private:
  static constexpr std::uint8_t parked = 1;
  static constexpr std::uint8_t asked = 2;
  static constexpr std::uint8_t queued = parked | asked;
  static constexpr std::uint8_t one_wary = 4;
};

using lock_bytes = basic_lock_bytes<two_bytes>;

static_assert(sizeof(lock_bytes) == 2);

}  // namespace holdfast::platform
