// SPDX-License-Identifier: BSL-1.0
// The barrier of POSIX, on the lot: whoever has left does not touch it any more.
#pragma once

#include <cstdint>

#include "holdfast/park/parking_lot.hpp"
#include "holdfast/wait/waiter.hpp"

namespace preload {

// One word: how many have arrived and are queued. It changes only under the bucket lock.
//
// Who arrives is counted and queued in one step under that lock; the last one starts the next round and
// takes them all out of the queue in one step there. So whoever has left, or has been woken, does not
// touch the barrier any more.
template <class Platform>
class posix_barrier {
 public:
  // Waits until `count` have come, this one among them. True for the one of them that came last.
  bool wait(unsigned count) noexcept {
    holdfast::detail::basic_waiter<typename Platform::unchecked> self;
    for (;;) {
      const auto parked = lot_type::instance().park(
          this, self, holdfast::deadline::never(), [this, count] { return arrive(count); }, [] {},
          {});
      if (parked.end == holdfast::detail::park_end::unparked) return false;
      if (open_as_last(count)) return true;
    }
  }

  bool is_empty() const noexcept { return arrived_.load(order::relaxed) == 0; }

 private:
  using order = holdfast::platform::order;
  using lot_type = holdfast::detail::basic_parking_lot<typename Platform::unchecked>;

  bool lacks_one(unsigned count) const noexcept {
    return arrived_.load(order::relaxed) + 1 == count;
  }

  bool arrive(unsigned count) noexcept {
    if (lacks_one(count)) return false;
    arrived_.store(arrived_.load(order::relaxed) + 1, order::relaxed);
    return true;
  }

  // False if somebody else has been the last meanwhile.
  bool open_as_last(unsigned count) noexcept {
    using holdfast::detail::pick;
    bool opened = false;
    lot_type::instance().unpark_picked(
        this, [this, count](std::uintptr_t) { return lacks_one(count) ? pick::wake : pick::stop; },
        [this, count, &opened](const holdfast::detail::picked&) {
          opened = lacks_one(count);
          if (opened) arrived_.store(0, order::relaxed);
          // After this line *this may be gone.
          return std::uintptr_t{0};
        });
    return opened;
  }

  typename Platform::template atomic<unsigned> arrived_;
};

}  // namespace preload
