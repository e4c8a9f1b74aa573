// SPDX-License-Identifier: BSL-1.0
// Who waits at a condition between processes: seats that a waiter takes, that a notifier marks, and
// that others look after when the waiter dies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/process/robust_lock.hpp"

namespace holdfast::process::detail {

// What the seats are made of where they run.
struct between_processes {
  template <class T>
  using atomic = platform::atomic<T>;
  using robust_lock = detail::robust_lock;

  // Ends the sleep of up to `count` who watch the word, in any process.
  HOLDFAST_EXPORT static void wake(const atomic<std::uint32_t>& word, int count) noexcept;
};

// Without a lock around them: nobody waits for anybody in here. Waiters beyond `Count` are a crowd,
// all of whom one signal reaches.
template <class Platform, std::uint32_t Count>
class condition_seats {
  template <class T>
  using atomic = typename Platform::template atomic<T>;

 public:
  // One waiter's, who holds `alive` from before its wait until it has its lock again.
  //
  //   state    | meaning                                  next, and by whom
  //   empty    | nobody waits here                        waiting, who has `alive`
  //   waiting  | in the queue, in the order of `number`   notified, by a notifier; empty, by itself or
  //            |                                          by who finds it dead
  //   notified | has a signal, not yet received           empty, by itself; by who finds it dead, when
  //            |                                          the signal has been passed on
  struct alignas(64) seat {
    typename Platform::robust_lock alive;
    atomic<std::uint32_t> state;
    atomic<std::uint64_t> number;
  };

  static constexpr std::uint32_t empty = 0;
  static constexpr std::uint32_t waiting = 1;
  static constexpr std::uint32_t notified = 2;

  condition_seats() = default;

  // By a waiter, with its mutex. A seat that is `waiting`, with `alive` held; null if there is none.
  seat* take() noexcept;
  bool has_signal(const seat& mine) const noexcept;
  // Gives up to wait. False if it has been sent a signal.
  bool withdraw(seat& mine) noexcept;
  // With its mutex again, if it has received its signal.
  void give_back(seat& mine, bool has_received) noexcept;

  // By a waiter without a seat. What it has to tell `crowd_has_signal`.
  std::uint32_t join_crowd() noexcept;
  bool crowd_has_signal(std::uint32_t seen) const noexcept;
  const atomic<std::uint32_t>& crowd() const noexcept { return crowd_; }

  std::size_t notify_one() noexcept;
  std::size_t notify_all() noexcept;

  // Empties the seats of the dead, and passes on the signals that they had not received.
  void sweep_all() noexcept;

 private:
  seat* next_to_wake() noexcept;
  bool notify_seated() noexcept;
  void notify_crowd() noexcept;
  void sweep(seat& of) noexcept;

  atomic<std::uint64_t> next_number_;
  atomic<std::uint32_t> used_;   // seats that have ever been taken are below it
  atomic<std::uint32_t> crowd_;  // bit 0: somebody waits without a seat; the rest: signals
  seat seats_[Count];
};

}  // namespace holdfast::process::detail
