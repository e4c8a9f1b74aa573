// SPDX-License-Identifier: BSL-1.0
// The memory of a model: what each thread may still read of what others wrote.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "holdfast/model/operations.hpp"

#include "model/states.hpp"

namespace holdfast::model::detail {

inline constexpr unsigned threads_at_most = 8;  // with the one that builds, number 0
inline constexpr unsigned locations_at_most = 64;
inline constexpr unsigned plain_at_most = 32;

// What somebody has seen: of each location up to which message, of each thread up to which tick.
// Signed and small, so that joining two is a few vector instructions.
struct view {
  alignas(16) std::array<std::int16_t, locations_at_most> at{};
  alignas(16) std::array<std::int16_t, threads_at_most> clock{};

  void join(const view& other) noexcept {
    join_locations(other);
    for (unsigned i = 0; i < threads_at_most; ++i)
      clock[i] = clock[i] < other.clock[i] ? other.clock[i] : clock[i];
  }
  void join_locations(const view& other) noexcept {
    for (unsigned i = 0; i < locations_at_most; ++i)
      at[i] = at[i] < other.at[i] ? other.at[i] : at[i];
  }
};

struct message {
  value written;
  view seen;         // what an acquire that reads this receives
  unsigned row = 0;  // of the table, if there is one
};

// The views of a thread.
struct thread_views {
  view current;   // what it has seen
  view acquired;  // what an acquire fence would add
  view released;  // what a relaxed store hands on: the view at its last release fence
  view light;     // at its last light fence

  std::uint64_t history = 0;        // all that it did and read, as a number
  std::uint64_t light_history = 0;  // the same at its last light fence
};

// One execution's memory. A promise-free view machine: no thread reads what nobody has written yet.
class memory {
 public:
  // Forgets everything.
  void reset() noexcept;

  // The number of the location at `address`, made with what is stored there if it is new; -1 if there
  // are too many.
  int location_of(const void* address, std::size_t size);
  // An atomic begins its life there; nobody can read what was there before.
  void born(unsigned thread, const void* address, value initial);
  // False if somebody's access is not ordered before this end.
  bool gone(unsigned thread, const void* address) noexcept;
  // An access. False if it is not ordered after the beginning of the atomic's life.
  bool touch(unsigned thread, unsigned l) noexcept;
  bool is_gone(unsigned l) const noexcept { return locations_[l].gone; }

  const std::vector<message>& messages(unsigned l) const noexcept { return locations_[l].messages; }
  unsigned newest(unsigned l) const noexcept {
    return static_cast<unsigned>(locations_[l].messages.size() - 1);
  }
  value newest_value(unsigned l) const noexcept { return locations_[l].messages.back().written; }
  unsigned visible_from(unsigned thread, unsigned l) const noexcept {
    const auto own = static_cast<unsigned>(threads_[thread].current.at[l]);
    return own < locations_[l].born_at ? locations_[l].born_at : own;
  }

  // The row of the table that what happens now will stand in; and those of the message that was read
  // last: its row, and whether there was a newer one.
  void begin_row(unsigned row) noexcept { row_ = row; }
  unsigned row_read() const noexcept { return row_read_; }
  bool was_old() const noexcept { return was_old_; }

  // The effects of accesses by `thread`.
  value read(unsigned thread, unsigned l, unsigned index, order o);
  void write(unsigned thread, unsigned l, value written, order o, const message* read_from);
  // The second half of one access to two locations.
  void write_both(unsigned thread, unsigned first, value to_first, unsigned second, value to_second,
                  order o);
  void fence(unsigned thread, fence_kind kind);
  // The two ends of a restartable sequence, as its fence sees them.
  void begin_sequence(unsigned thread) noexcept;
  void commit_sequence(unsigned thread) noexcept;
  void tick(unsigned thread) noexcept { ++threads_[thread].current.clock[thread]; }

  // Two executions in which every thread has done the same, read the same writes and found the same
  // order of them are in the same state: the rest of both is the same. This is a number for it.
  std::uint64_t state() const noexcept;
  // The same for what is there, however it came about. `live`: a bit for each thread that has not
  // ended.
  std::uint64_t content(unsigned live) const noexcept;
  // `thread` has learned something that is not in a location.
  void note(unsigned thread, std::uint64_t what) noexcept {
    threads_[thread].history = mixed(threads_[thread].history, what);
  }

  // Whether somebody wrote there what `thread` has not seen.
  bool is_unseen(unsigned thread, unsigned l) const noexcept {
    return !locations_[l].gone && static_cast<unsigned>(threads_[thread].current.at[l]) < newest(l);
  }
  // A thread that yields sees the newest of everything, in time.
  void see_newest(unsigned thread) noexcept;

  // Threads begin with what `parent` has seen, and end by handing on theirs.
  void start(unsigned thread, unsigned parent) noexcept;
  void join(unsigned into, unsigned thread) noexcept;

  // Accesses to plain data. What is not ordered after all that conflict with it is a race.
  enum class plain_access : std::uint8_t { ordered, races, too_many };
  plain_access plain_read(unsigned thread, const void* at) noexcept;
  plain_access plain_write(unsigned thread, const void* at) noexcept;

  unsigned locations() const noexcept { return count_; }
  const void* address_of(unsigned l) const noexcept { return locations_[l].address; }
  std::size_t size_of(unsigned l) const noexcept { return locations_[l].size; }

 private:
  class remains;

  struct location {
    const void* address = nullptr;
    std::size_t size = 0;
    bool gone = false;
    unsigned born_at = 0;  // the first message of its life
    std::uint8_t born_by = 0;
    std::int16_t born_when = 0;
    std::array<std::int16_t, threads_at_most> touched{};  // when each thread did last
    std::vector<message> messages;
    std::uint64_t order = 0;  // who wrote them, as a number; 0: nobody did
  };
  struct plain {
    const void* address = nullptr;
    std::uint8_t written_by = 0;
    std::int16_t written_at = 0;
    std::array<std::int16_t, threads_at_most> read_at{};
  };

  plain* plain_at(const void* at) noexcept;
  view view_of_write(unsigned thread, order o) const noexcept;
  void append(unsigned thread, unsigned l, value written, const view& seen);
  std::uint64_t orders() const noexcept;

  std::array<location, locations_at_most> locations_;
  unsigned count_ = 0;
  std::array<plain, plain_at_most> plain_;
  unsigned plain_count_ = 0;
  std::array<thread_views, threads_at_most> threads_;
  view seq_cst_;  // of all sequentially consistent fences
  view heavy_;    // of all heavy fences
  unsigned row_ = 0;
  unsigned row_read_ = 0;
  bool was_old_ = false;
  std::uint64_t seq_cst_order_ = 0;
  std::uint64_t heavy_order_ = 0;
};

constexpr bool acquires(order o) noexcept { return o == order::acquire || o == order::acq_rel; }
constexpr bool releases(order o) noexcept { return o == order::release || o == order::acq_rel; }

}  // namespace holdfast::model::detail
