// SPDX-License-Identifier: BSL-1.0
// What goes to an executor instead of a coroutine: it outlives the coroutine, and notices its end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/wait/futex_mutex.hpp"

namespace holdfast::detail {

template <class Platform>
class async_wait;

// Belongs to one wait at a time and is never destroyed. Each suspension has a number of its own; a
// resumption that comes with an old one finds nothing to do.
//
//  number posted | meaning                                      legal next
//    n      0    | the suspension n may be about to be posted   posted; redeemed
//    n      1    | it has been: whoever did is done             redeemed; revoked
//   n + 2   0    | it is over: resumed, or revoked              (the next suspension)
template <class Platform>
class basic_ticket {
 public:
  // By the wait's own thread: the number of its next suspension.
  std::uint64_t number() const noexcept { return word_.load(order::relaxed); }

  // By whoever posted it, as the last thing.
  void note_posted(std::uint64_t number) noexcept {
    std::uint64_t seen = number;
    word_.compare_exchange(seen, number | posted,
                           order::release,  // [K1] its looks at the wait are over
                           order::relaxed);
  }

  // By the executor: the wait that has to go on, or null if there is none any more.
  async_wait<Platform>* redeem(std::uint64_t number) noexcept {
    std::uint64_t seen = number;
    while ((seen & ~posted) == number)
      if (word_.compare_exchange(seen, number + next, order::relaxed, order::relaxed)) return of_;
    return nullptr;
  }

  // By whoever destroys a wait that somebody posts or has posted: waits until that is done. False if
  // the executor has begun to resume it, which nobody may do who lets others destroy it.
  bool revoke(std::uint64_t number) noexcept {
    std::uint64_t seen = word_.load(order::acquire);  // [K1]
    while (seen == number) {
      Platform::yield();
      seen = word_.load(order::acquire);  // [K1]
    }
    return seen == (number | posted) &&
           word_.compare_exchange(seen, number + next, order::relaxed, order::relaxed);
  }

  // By the pool.
  void belong_to(async_wait<Platform>* of) noexcept { of_ = of; }
  basic_ticket* next_free = nullptr;

 private:
  using order = platform::order;
  static constexpr std::uint64_t posted = 1;
  static constexpr std::uint64_t next = 2;

  async_wait<Platform>* of_ = nullptr;  // read by who has redeemed it
  typename Platform::template atomic<std::uint64_t> word_;
};

// Tickets that are free. Allocates when there are more waits at once than ever before.
template <class Platform>
class HOLDFAST_EXPORT ticket_pool {
 public:
  static ticket_pool& instance() noexcept;

  basic_ticket<Platform>& take(async_wait<Platform>& of);  // may throw std::bad_alloc
  void give_back(basic_ticket<Platform>& ticket) noexcept;

 private:
  static constexpr std::size_t at_a_time = 64;

  futex_mutex<Platform> mutex_;
  basic_ticket<Platform>* free_ = nullptr;  // under the mutex
};

// What an executor is given to call, once: 16 bytes.
template <class Platform>
class resumption {
 public:
  resumption(basic_ticket<Platform>& ticket, std::uint64_t number) noexcept
      : ticket_(&ticket), number_(number) {}

  void operator()() const {
    if (async_wait<Platform>* const suspended = ticket_->redeem(number_)) suspended->go_on();
  }

  basic_ticket<Platform>& ticket() const noexcept { return *ticket_; }
  std::uint64_t number() const noexcept { return number_; }

 private:
  basic_ticket<Platform>* ticket_;
  std::uint64_t number_;
};

}  // namespace holdfast::detail
