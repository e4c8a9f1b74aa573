// SPDX-License-Identifier: BSL-1.0
// The platforms of the simulated machine: lock algorithms run on them unchanged, and every access of
// their atomics takes its time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/futex.hpp"
#include "holdfast/platform/lock_bytes.hpp"
#include "holdfast/platform/ownership.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/crowding.hpp"

#include "simulator/machine.hpp"

namespace simulator {

using holdfast::platform::order;

// Sequentially consistent, whatever the order: there is one OS thread, and a store is in memory
// before its CPU goes on.
template <class T>
class atomic {
 public:
  constexpr atomic() noexcept = default;
  constexpr explicit atomic(T initial) noexcept : value_(initial) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(order) const noexcept {
    use(access::read);
    return value_;
  }
  void store(T desired, order) noexcept {
    use(access::write);
    value_ = desired;
  }
  T exchange(T desired, order) noexcept {
    use(access::atomic);
    return std::exchange(value_, desired);
  }
  bool compare_exchange(T& expected, T desired, order, order) noexcept {
    use(access::atomic);
    const T found = std::exchange(value_, value_ == expected ? desired : value_);
    return std::exchange(expected, found) == found;
  }
  T fetch_add(T operand, order) noexcept {
    use(access::atomic);
    return std::exchange(value_, static_cast<T>(value_ + operand));
  }
  T fetch_or(T operand, order) noexcept {
    use(access::atomic);
    return std::exchange(value_, static_cast<T>(value_ | operand));
  }
  T fetch_and(T operand, order) noexcept {
    use(access::atomic);
    return std::exchange(value_, static_cast<T>(value_ & operand));
  }

  // Together with its neighbours on the same line; what follows happens in one step with it.
  void use(access how) const noexcept { machine::current().use(this, how); }
  T& value() noexcept { return value_; }

 private:
  T value_{};
};

// The two bytes of a lock that parks (holdfast/platform/lock_bytes.hpp has the rest).
class alignas(2) two_bytes {
 public:
  static bool this_release_counts() noexcept {
    return ++machine::current().my_releases() % holdfast::platform::releases_that_count_one == 0;
  }

  // The restartable release: a load and a store. A fence in between would start it over by
  // compare-and-swap; here that is seen when the line has come.
  bool release_in_sequence() noexcept {
    if (mark_.load(order::relaxed) != 0) return false;
    held_.use(access::write);
    if (mark_.value() != 0) return false;
    held_.value() = 0;
    return true;
  }

 protected:
  using pair = std::uint16_t;

  static constexpr pair pack(unsigned held, unsigned mark) noexcept {
    return static_cast<pair>(held | mark << 8U);
  }
  static constexpr std::uint8_t mark_of(pair both) noexcept {
    return static_cast<std::uint8_t>(both >> 8U);
  }

  bool compare_exchange_both(pair& expected, pair desired, order, order) noexcept {
    held_.use(access::atomic);
    const pair found = both();
    if (found == expected) set(desired);
    return std::exchange(expected, found) == found;
  }
  pair fetch_or_both(pair bits, order) noexcept {
    held_.use(access::atomic);
    const pair found = both();
    set(found | bits);
    return found;
  }

  atomic<std::uint8_t> held_;
  atomic<std::uint8_t> mark_;

 private:
  pair both() noexcept { return pack(held_.value(), mark_.value()); }
  void set(unsigned desired) noexcept {
    held_.value() = static_cast<std::uint8_t>(desired & 0xffU);
    mark_.value() = static_cast<std::uint8_t>(desired >> 8U);
  }
};

// Where the platform is asked for something, the running thread of the machine gets it.
struct simulated : holdfast::platform::unchecked_ownership {
  using unchecked = simulated;
  template <class T>
  using atomic = simulator::atomic<T>;
  using lock_bytes = holdfast::platform::basic_lock_bytes<two_bytes>;
  static constexpr bool has_restartable = true;

  static void pause() noexcept { here().spend(here().cost().pause); }
  static void yield() noexcept { here().yield(); }
  static constexpr bool has_tasks = false;
  static constexpr holdfast::platform::task* this_task() noexcept { return nullptr; }
  static unsigned cpu_count() noexcept { return here().where().cpus; }
  static std::int64_t monotonic_now() noexcept {
    here().spend(here().cost().clock);
    return here().now();
  }
  static bool has_passed(const holdfast::deadline& until) noexcept { return until.has_passed(); }
  static constexpr bool recheck(bool holds) noexcept { return holds; }
  static holdfast::platform::crowd_memory& my_crowd_memory(const void* lock) noexcept {
    return here().my_crowd_memory(lock);
  }

  static bool release_alone(lock_bytes& bytes) noexcept {
    return bytes.release_in_sequence() || bytes.release_alone();
  }
  static constexpr bool restartable_in_use() noexcept { return true; }
  static constexpr bool restart_fence_refused() noexcept { return false; }
  static bool restart_fence() noexcept {
    here().fence();
    return true;
  }
  static void heavy_fence() noexcept { here().fence(); }
  static constexpr void light_fence() noexcept {}
  static void fence_seq_cst() noexcept { here().spend(here().cost().atomic); }

  static holdfast::platform::futex_result futex_wait(const atomic<std::uint32_t>& word,
                                                     std::uint32_t expected,
                                                     const holdfast::deadline& until) noexcept {
    using holdfast::platform::futex_result;
    here().spend(here().cost().syscall);
    if (word.load(order::relaxed) != expected) return futex_result::differed;
    return here().sleep(&word, until.nanoseconds()) ? futex_result::woken
                                                    : futex_result::deadline_passed;
  }
  static void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept {
    here().wake(word, count);
  }

  static void* process_root() noexcept { return here().root(); }
  static constexpr void* map_pages(std::size_t) noexcept { return nullptr; }  // the first will do

 private:
  static machine& here() noexcept { return machine::current(); }
};

// The same with threads that never take turns: they spin, sleep in the queue, and nobody asks.
struct simulated_without_turns : simulated {};

}  // namespace simulator

namespace holdfast::detail {

template <>
class crowding<simulator::simulated_without_turns> {
 public:
  explicit crowding(const void*) noexcept {}

  static constexpr bool found_held() noexcept { return false; }
  template <class Take>
  static bool try_to_take(Take take) noexcept {
    return take();
  }
  static constexpr void got() noexcept {}
  static constexpr void gave() noexcept {}
  template <class IsHeld>
  static constexpr bool finds_it_free(IsHeld) noexcept {
    return false;
  }
  static constexpr bool is_worth_patience() noexcept { return false; }
  static constexpr bool loses_patience() noexcept { return false; }
  static constexpr bool may_ask() noexcept { return false; }

  struct turn {
    deadline until;
    std::uintptr_t at;
  };
  static constexpr turn turn_after(std::uintptr_t) noexcept { return {deadline::never(), 0}; }
};

}  // namespace holdfast::detail
