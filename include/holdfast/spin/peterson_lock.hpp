// SPDX-License-Identifier: BSL-1.0
// Peterson's solution: mutual exclusion of two parties by loads, stores and two fences.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/spin_wait.hpp"

namespace holdfast {

// For two parties, 0 and 1, who each know which one they are; busy waiting. To learn from, and for
// two threads on a CPU without an atomic read-modify-write. (Source: G. Peterson 1981.)
//
// The textbook assumes that every CPU sees all stores in one order. Real ones keep a store in a
// buffer while later loads go ahead: both parties would store their interest, both would read the
// other's as false, both would enter. So there is a full fence between storing one's interest and
// reading the other's; no weaker order does it. Nor does that one suffice: a party that gives the
// turn away after the other need not see the other's interest, unless a fence stands between the
// other's interest and its turn (POWER does that, x86 and ARM do not; the model checker found it).
template <class Platform>
class basic_peterson_lock {
 public:
  constexpr basic_peterson_lock() noexcept = default;
  basic_peterson_lock(const basic_peterson_lock&) = delete;
  basic_peterson_lock& operator=(const basic_peterson_lock&) = delete;

  // Waits until `party` (0 or 1) is alone in the region.
  void enter_region(unsigned party) noexcept {
    announce(party);
    detail::spin_for_ever<Platform> wait;
    while (must_wait(party)) wait.spin();
  }

  // Enters if that needs no waiting.
  [[nodiscard]] bool try_enter_region(unsigned party) noexcept {
    announce(party);
    if (!must_wait(party)) return true;
    leave_region(party);
    return false;
  }

  void leave_region(unsigned party) noexcept {
    interested_[party].store(0, order::release);  // [L4] hands our writes to the other party
  }

 private:
  using order = platform::order;

  void announce(unsigned party) noexcept {
    interested_[party].store(1, order::relaxed);
    // A fence on either side of the turn: see above. The turn also carries what this party did in its
    // last region to one that enters on its account; the fence alone would do for that, but
    // ThreadSanitizer does not see it.
    Platform::fence_seq_cst();
    turn_.store(static_cast<std::uint8_t>(party), order::release);  // [L5]
    Platform::fence_seq_cst();
  }

  bool must_wait(unsigned party) const noexcept {
    return interested_[1U - party].load(order::acquire) != 0 &&  // [L4]
           turn_.load(order::acquire) == party;                  // [L5]
  }

  typename Platform::template atomic<std::uint8_t> interested_[2]{};
  typename Platform::template atomic<std::uint8_t> turn_;  // who came last and therefore waits
};

using peterson_lock = basic_peterson_lock<platform::chosen>;

}  // namespace holdfast
