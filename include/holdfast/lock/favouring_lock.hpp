// SPDX-License-Identifier: BSL-1.0
// A lock for the bounded queue that costs a thread nearly nothing as long as it alone uses it.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/wait/spin_wait.hpp"
#include "holdfast/wait/tuning.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::detail {

// At first. A platform that cannot wait so long has a number of its own.
template <class Platform>
inline constexpr std::uint32_t favour_after = tuning::favour_after;

// A thread that has taken the lock often enough with no other in between becomes its favourite, and
// from then on says only that it is inside: no atomic instruction. Any other thread that comes takes
// the parking lock, ends the favour and pays for it, with a heavy fence. Each such end makes the next
// favour several times harder to earn, so that threads that take turns soon are ordinary owners of
// an ordinary lock. (Source: the biased locks of Java, D. Dice et al.; here in asymmetric form.)
//
// Inside is who has the lock's address in the last slot of its row. That is the thread's own word: who
// has lost the favour while it slept on its way in takes back what it said, and nobody else's.
//
//  favourite | in its slot | meaning
//    null    |      -      | the parking lock says who owns it; a former favourite may be about to find
//            |             | out that it is none any more
//    set     |  not this   | free, or owned by way of the parking lock: by who is setting or about to
//            |             | clear the favourite
//    set     |    this     | owned by the favourite; or by the parking lock's owner, who ends the favour
//            |             | and waits until the favourite has left
//
// The favourite changes only under the parking lock.
template <class Platform>
class favouring_lock {
 public:
  constexpr favouring_lock() noexcept = default;

  // True if taken as the favourite, which the unlock has to be told.
  [[nodiscard]] bool lock() noexcept HOLDFAST_UNANALYSED {
    row* const me = &Platform::my_reader_slots();
    if constexpr (favours) {
      // The slot is taken by another such lock if this is called from within an element.
      if (favourite_.load(order::relaxed) == me && slot_of(*me).load(order::relaxed) == 0) {
        slot_of(*me).store(inside(), order::release);  // [V2] what the slot said before is over
        Platform::light_fence();                       // whoever ends the favour has the heavy one
        if (Platform::recheck(favourite_.load(order::relaxed) == me)) [[likely]]
          return true;
        slot_of(*me).store(0, order::release);  // [B4]
      }
    }
    lock_.lock();
    if constexpr (favours) note_owner(me);
    return false;
  }

  void unlock(bool as_favourite) noexcept HOLDFAST_UNANALYSED {
    if (as_favourite)
      slot_of(Platform::my_reader_slots()).store(0, order::release);  // [B4]
    else
      lock_.unlock();
  }

 private:
  using row = typename Platform::reader_slots;  // every thread and every fiber has its own
  using order = platform::order;
  static constexpr bool favours = Platform::has_restartable;

  static auto& slot_of(row& owner) noexcept { return owner.slots[row::count - 1]; }
  std::uintptr_t inside() const noexcept { return reinterpret_cast<std::uintptr_t>(this); }

  void note_owner(row* me) noexcept {
    if (row* const favourite = favourite_.load(order::relaxed)) [[unlikely]] {
      end_favour(*favourite);
    } else if (last_ == me) {
      if (++in_a_row_ >= needed_) [[unlikely]]
        begin_favour();
      return;
    }
    last_ = me;
    in_a_row_ = 0;
  }

  HOLDFAST_COLD void end_favour(row& favourite) noexcept {
    favourite_.store(nullptr, order::relaxed);
    Platform::heavy_fence();
    spin_before_park<Platform> wait;
    while (slot_of(favourite).load(order::acquire) == inside()) {  // [B4]
      if (wait.spin()) continue;
      basic_waiter<typename Platform::unchecked> nobody_wakes;
      nobody_wakes.sleep(deadline::after(tuning::favourite_nap_ns));
    }
    if (needed_ < tuning::favour_after_at_most) needed_ *= 4;
  }

  HOLDFAST_COLD void begin_favour() noexcept {
    in_a_row_ = 0;
    row* mine = &Platform::my_reader_slots();
    if (is_nobodys(*mine)) mine = &Platform::obtain_reader_slots();
    if (!is_nobodys(*mine)) favourite_.store(mine, order::relaxed);
  }

  // The row that all threads have who have none.
  static bool is_nobodys(const row& of) noexcept {
    return of.slots[0].load(order::relaxed) == row::never_free;
  }

  typename Platform::template atomic<row*> favourite_;
  const row* last_ = nullptr;   // owner                         under the parking lock
  std::uint32_t in_a_row_ = 0;  // times that it has owned it    under the parking lock
  std::uint32_t needed_ = favour_after<Platform>;
  basic_parking_lock<Platform> lock_;
};

}  // namespace holdfast::detail
