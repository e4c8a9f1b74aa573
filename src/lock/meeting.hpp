// SPDX-License-Identifier: BSL-1.0
// What a thread does that meets another at a reader-writer lock.
#pragma once

#include <cstdint>

#include "lock/turns.hpp"

namespace holdfast::detail {

// Another thread is at the lock just now. If both go on, the lock's cache line moves to and fro with
// every section; if one waits, the other has many sections meanwhile. That pays where sections are
// short, and only there: so whoever has had no long run since the last time soon waits no more. And
// where threads do nothing but short sections they take turns, as those of a crowded parking_lock.
//
//   this thread                                        | when it meets another, it
//   had a run of short sections and its turn           | sleeps until its next turn
//   had a run of short sections, its turn began lately | goes on: the other has had its turn
//   had a run, or some patience left                   | spins for some microseconds
//   had none, time and again                           | goes on, and tries again after a while
template <class Platform>
class meeting {
 public:
  using slots = typename Platform::reader_slots;

  explicit meeting(slots& row) noexcept : row_(row) {}

  enum class way { on, pause, turn };

  // To be asked once for each meeting.
  way choose() noexcept {
    if (row_.slots[0].load(platform::order::relaxed) == slots::never_free) return way::on;
    if (Platform::cpu_count() == 1) return way::on;
    const std::uint32_t run = row_.reads - row_.reads_at_meeting;
    const bool long_run = run >= tuning::reads_worth_a_way;
    now_ = Platform::monotonic_now();
    const std::int64_t since = now_ - row_.met_at;
    const bool dense = long_run && since < tuning::crowded_round_ns * std::int64_t{run};
    if (dense && since < tuning::young_turn_ns) return way::on;
    row_.reads_at_meeting = row_.reads;
    if (long_run) row_.patience = tuning::patience_at_most;
    if (dense && since < tuning::meets_seldom_ns) return way::turn;
    if (row_.patience <= 0) {
      if (--row_.patience > -tuning::meetings_without_patience) return way::on;
      row_.patience = 1;
    }
    --row_.patience;
    return way::pause;
  }

  void pause() noexcept {
    const bool often = now_ - row_.met_at < tuning::meets_often_ns;
    const std::int64_t end = now_ + (often ? tuning::give_way_ns : tuning::give_way_once_ns);
    row_.met_at = end;
    do {
      for (unsigned i = 0; i < tuning::looks_between_clocks; ++i) Platform::pause();
    } while (Platform::monotonic_now() < end);
  }

  void turn_begins() noexcept { row_.met_at = Platform::monotonic_now(); }

 private:
  slots& row_;
  std::int64_t now_ = 0;
};

// Lets the other go first for a while, or not. `in_use` tells whether anybody is at the lock.
template <class Platform>
void give_way(typename Platform::reader_slots& row, const void* turns,
              basic_waiter<typename Platform::unchecked>& waiter, const deadline& until,
              function_ref<bool()> in_use) noexcept {
  using way = typename meeting<Platform>::way;
  if (waiter.is_task()) return;
  meeting<Platform> met(row);
  switch (met.choose()) {
    case way::on:
      return;
    case way::pause:
      return met.pause();
    case way::turn:
      break;
  }
  sleep_until_turn<Platform>(turns, waiter, until, [] { return true; });
  met.turn_begins();
  if (crowding<Platform>::stays_free(in_use)) call_next_turn<Platform>(turns);
}

}  // namespace holdfast::detail
