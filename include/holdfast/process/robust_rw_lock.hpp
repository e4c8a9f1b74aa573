// SPDX-License-Identifier: BSL-1.0
// The lock of readers and writers in shared memory that is released when an owner of either kind dies.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/process/robust_lock.hpp"

namespace holdfast::process::detail {

// A reader holds the lock of one seat, a writer the gate and then the locks of all open seats: they
// exclude each other by these alone, and whoever waits sleeps on the very lock whose owner's death the
// kernel tells.
//
//  who                                   | holds
//  reader                                | a seat
//  reader that finds a writer            | the gate, while it takes a seat
//  reader that finds all open seats held | the gate, while it opens one more and takes it
//  reader that finds all seats held      | the gate
//  writer, getting in                    | the gate, and the seats whose readers have gone
//  writer                                | the gate and all open seats
//
// (R1) Seats are opened by the owner of the gate alone, and never closed: a writer knows all in which
// readers can be. There are as many as readers were inside at once, so a writer without readers pays
// for two locks. (R2) `writing` says that the owner of the gate is a writer: newcomers then queue at
// the gate, so a writer waits for those readers alone who were there before. It is a hint: who misses
// it delays a writer. After a writer's death it stays set until somebody else owns the gate.
class HOLDFAST_EXPORT robust_rw_lock {
 public:
  static constexpr unsigned seats = 31;
  static constexpr unsigned gate = seats;  // as a reader's seat

  robust_rw_lock();
  robust_rw_lock(const robust_rw_lock&) = delete;
  robust_rw_lock& operator=(const robust_rw_lock&) = delete;

  // False if a limit was reached. Throw error as robust locks do.
  [[nodiscard]] bool lock(const wait_limits& limits);
  [[nodiscard]] bool try_lock();
  [[nodiscard]] bool lock_shared(const wait_limits& limits, unsigned& seat);
  [[nodiscard]] bool try_lock_shared(unsigned& seat);

  // False, and nothing has happened, if the calling thread does not hold it.
  bool unlock() noexcept;
  bool unlock_shared(unsigned seat) noexcept;

  // Whether the calling thread has it, for writing or reading: it must not wait then.
  bool is_held_by_caller() const noexcept;

  // From writing to reading, without a writer in between.
  void downgrade(unsigned& seat) noexcept;

 private:
  struct alignas(64) place {
    robust_lock lock;
  };

  bool take_open_seat(unsigned& seat) noexcept;
  bool open_seat(unsigned& seat) noexcept;
  void leave(unsigned from, unsigned end) noexcept;
  template <class Take>
  bool own_all(Take take);
  template <class Take>
  bool enter(Take take, unsigned& seat);

  place gate_;
  platform::atomic<std::uint32_t> writing_;
  platform::atomic<std::uint32_t> open_{1};  // seats below it; raised under the gate (R1)
  place places_[seats];
};

}  // namespace holdfast::process::detail
