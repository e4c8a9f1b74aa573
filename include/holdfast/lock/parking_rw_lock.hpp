// SPDX-License-Identifier: BSL-1.0
// Many readers or one writer, in eight bytes; readers that meet no writer share no cache line.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/lock/reader_bias.hpp"
#include "holdfast/lock/rw_halves.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/timed_members.hpp"

namespace holdfast {

// Held in one of three ways: *shared* by any number of readers, *exclusive* by one writer, or
// *upgradable* by one reader beside the others, which may become the writer in one step.
//
// Nobody starves: a writer that waits for readers keeps new ones out; an unlock wakes all waiting
// readers and the first who wants more, and after at most about a millisecond of barging it hands
// the lock to them. A thread that reads already may read again although a writer waits (eight times
// at most over all locks; docs/reference/parking_rw_lock.md). It must not wait to write.
//
// Ordering: everything before a writer's unlock happens before the return of every lock that comes
// next; everything before a reader's unlock, before the return of the next writer's.
// The lock may be destroyed as soon as its last unlock has let another thread in: no unlock touches
// it after its releasing store.
//
//  bits | name      | meaning
//  0    | exclusive | a writer owns the lock, or waits until the readers have gone; nobody enters
//  1    | reserved  | somebody holds it upgradable
//  2    | queued    | the queue of `this` may have waiters, for `exclusive` or `reserved` to go
//  3    | drained   | the writer sleeps until no reader is counted, under the key leave_key()
//  4    | slotted   | readers may enter by a slot of their thread and a light fence
//  5    | fenced    | the same by a full fence: dearer for them, cheap for a writer
//  6-31 | readers   | how many are counted
//
// (I1) `exclusive` and `slotted` are never both set. Who sets `exclusive` clears `slotted` in the
// same step, and if it or `fenced` was set, waits after a heavy or a full fence for every slot that
// names this lock; a writer that gives that up leaves `fenced` set. So with none of the three set no
// reader is in a slot.
// (I2) When the bucket lock of `this` is free and somebody is queued, `queued` is set and so is
// `exclusive` or `reserved`, or somebody who was woken from there is on its way. `queued` changes
// only under the bucket lock.
// (I3) `drained` is set under the bucket lock of leave_key(), by the owner of `exclusive`, while
// readers are counted.
template <class Platform>
class HOLDFAST_EXPORT HOLDFAST_CAPABILITY("shared_mutex") basic_parking_rw_lock
    : public detail::timed_members<basic_parking_rw_lock<Platform>, Platform> {
  using waiter_type = detail::basic_waiter<typename Platform::unchecked>;

 public:
  using shared_half = detail::shared_half<basic_parking_rw_lock, Platform>;
  using upgrade_half = detail::upgrade_half<basic_parking_rw_lock, Platform>;
  using upgrading_half = detail::upgrading_half<basic_parking_rw_lock, Platform>;

  constexpr basic_parking_rw_lock() noexcept = default;
  basic_parking_rw_lock(const basic_parking_rw_lock&) = delete;
  basic_parking_rw_lock& operator=(const basic_parking_rw_lock&) = delete;

  ~basic_parking_rw_lock()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
    if (is_read()) Platform::destroyed_while_read(this, name);
  }
  ~basic_parking_rw_lock() = default;

  // Exclusive.
  void lock() noexcept HOLDFAST_ACQUIRE() HOLDFAST_UNANALYSED {
    state free = 0;
    Platform::about_to_lock(this, name);
    if (state_.compare_exchange(free, exclusive, order::acquire, order::relaxed))  // [V1] [V3]
        [[likely]]
      forget_reads();
    else
      lock_slow();
    Platform::locked(this);
  }

  // Never waits. Fails only if the lock is held, or a writer is about to hold it.
  [[nodiscard]] bool try_lock() noexcept HOLDFAST_TRY_ACQUIRE(true) HOLDFAST_UNANALYSED {
    const bool taken = try_take(0);
    if (taken) Platform::locked(this);
    return taken;
  }

  void unlock() noexcept HOLDFAST_RELEASE() HOLDFAST_UNANALYSED {
    Platform::about_to_unlock(this, name);
    state alone = exclusive;
    if (!state_.compare_exchange(alone, 0, order::release, order::relaxed)) [[unlikely]]  // [V1]
      pass_on(exclusive, 0);
    // After this line *this may be gone.
  }

  using detail::timed_members<basic_parking_rw_lock, Platform>::lock;
  using detail::timed_members<basic_parking_rw_lock, Platform>::try_lock_until;
  bool try_lock_until(const deadline& until, waiter_type& waiter) noexcept;

  // Shared. In a thread that reads already this never waits for a writer.
  void lock_shared() noexcept HOLDFAST_ACQUIRE_SHARED() HOLDFAST_UNANALYSED { enter(); }

  // Never waits. Fails only if a writer holds the lock, or is about to.
  [[nodiscard]] bool try_lock_shared() noexcept
      HOLDFAST_TRY_ACQUIRE_SHARED(true) HOLDFAST_UNANALYSED {
    slot* entered_by = nullptr;
    return try_enter(entered_by);
  }

  // Only in the thread that locked. (A guard of shared_mutex may unlock in any.)
  void unlock_shared() noexcept HOLDFAST_RELEASE_SHARED() HOLDFAST_UNANALYSED {
    auto& row = Platform::my_reader_slots();
    if (row.slots[0].load(order::relaxed) == by_slot()) [[likely]]
      leave_slot(row, row.slots[0]);
    else
      unlock_shared_counted();
    // After this line *this may be gone.
  }

  template <duration_like Duration>
  [[nodiscard]] bool try_lock_shared_for(const Duration& duration)
      HOLDFAST_TRY_ACQUIRE_SHARED(true) HOLDFAST_UNANALYSED {
    return shared_half(*this).try_lock_for(duration);
  }
  template <class Point>
  [[nodiscard]] bool try_lock_shared_until(const Point& point)
      HOLDFAST_TRY_ACQUIRE_SHARED(true) HOLDFAST_UNANALYSED {
    return shared_half(*this).try_lock_until(point);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool try_lock_shared_until(const deadline& until, const Stop& stop)
      HOLDFAST_TRY_ACQUIRE_SHARED(true) HOLDFAST_UNANALYSED {
    return shared_half(*this).try_lock_until(until, stop);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool lock_shared(const Stop& stop)
      HOLDFAST_TRY_ACQUIRE_SHARED(true) HOLDFAST_UNANALYSED {
    return shared_half(*this).lock(stop);
  }

  // Upgradable.
  void lock_upgrade() noexcept;
  [[nodiscard]] bool try_lock_upgrade() noexcept;
  void unlock_upgrade() noexcept;

  template <duration_like Duration>
  [[nodiscard]] bool try_lock_upgrade_for(const Duration& duration) {
    return upgrade_half(*this).try_lock_for(duration);
  }
  template <class Point>
  [[nodiscard]] bool try_lock_upgrade_until(const Point& point) {
    return upgrade_half(*this).try_lock_until(point);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool try_lock_upgrade_until(const deadline& until, const Stop& stop) {
    return upgrade_half(*this).try_lock_until(until, stop);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool lock_upgrade(const Stop& stop) {
    return upgrade_half(*this).lock(stop);
  }

  // From upgradable to exclusive, with no other writer in between: waits until the readers have
  // gone. When that fails the lock is upgradable as before.
  void unlock_upgrade_and_lock() noexcept;
  [[nodiscard]] bool try_unlock_upgrade_and_lock() noexcept { return try_take(reserved); }

  template <duration_like Duration>
  [[nodiscard]] bool try_unlock_upgrade_and_lock_for(const Duration& duration) {
    return upgrading_half(*this).try_lock_for(duration);
  }
  template <class Point>
  [[nodiscard]] bool try_unlock_upgrade_and_lock_until(const Point& point) {
    return upgrading_half(*this).try_lock_until(point);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool try_unlock_upgrade_and_lock_until(const deadline& until, const Stop& stop) {
    return upgrading_half(*this).try_lock_until(until, stop);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool unlock_upgrade_and_lock(const Stop& stop) {
    return upgrading_half(*this).lock(stop);
  }

  // Down, with no writer in between; these never wait.
  void unlock_and_lock_shared() noexcept HOLDFAST_UNANALYSED { downgrade(exclusive); }
  void unlock_and_lock_upgrade() noexcept;
  void unlock_upgrade_and_lock_shared() noexcept HOLDFAST_UNANALYSED { downgrade(reserved); }

  static constexpr const char* name = "parking_rw_lock";

 private:
  friend shared_half;
  friend upgrade_half;
  friend upgrading_half;

  using order = platform::order;
  using state = std::uint32_t;
  using slots = typename Platform::reader_slots;
  using slot = typename slots::slot;

  static constexpr state exclusive = 1;
  static constexpr state reserved = 2;
  static constexpr state queued = 4;
  static constexpr state drained = 8;
  static constexpr state slotted = 16;
  static constexpr state fenced = 32;
  static constexpr state one_reader = 64;
  static constexpr state by_slots = slotted | fenced;

  static constexpr bool has_counted(state s) noexcept { return s >= one_reader; }

  // What a reader puts into a slot of its row: that it holds the lock by this slot, or that it is
  // counted and only notes that.
  std::uintptr_t by_slot() const noexcept { return reinterpret_cast<std::uintptr_t>(this); }
  std::uintptr_t by_count() const noexcept { return by_slot() + 1; }
  const void* leave_key() const noexcept { return reinterpret_cast<const char*>(this) + 1; }
  // The key of those who sleep until their turn.
  const void* turns() const noexcept { return reinterpret_cast<const char*>(this) + 2; }

  // Returns the slot that the reader has entered by or noted in; null if it is counted without a
  // note, as its row was full.
  slot* enter() noexcept {
    if ((state_.load(order::relaxed) & slotted) != 0) [[likely]] {
      auto& row = Platform::my_reader_slots();
      if (row.slots[0].load(order::acquire) == 0 && enter_slot(row, row.slots[0]))  // [V2]
          [[likely]]
        return &row.slots[0];
    }
    return enter_counted();
  }

  // By a writer that has the lock.
  void forget_reads() noexcept {
    const detail::reader_bias past(memory_.load(order::relaxed));
    if (past.has_reads()) memory_.store(past.written().word(), order::relaxed);
  }

  bool enter_slot(slots& row, slot& free) noexcept {
    free.store(by_slot(), order::release);  // [V2] what the slot said before is over
    // Pairs with the heavy fence of revoke(): the writer sees the slot, or we its `exclusive`.
    Platform::light_fence();
    if (Platform::recheck((state_.load(order::acquire) & slotted) != 0)) [[likely]]  // [V1]
      return true;
    leave_slot(row, free);
    return false;
  }

  bool enter_fenced(slots& row, slot& free) noexcept;

  // Touches nothing of the lock.
  static void leave_slot(slots& row, slot& entered_by) noexcept {
    entered_by.store(0, order::release);  // [V2] our reads are over
    // Pairs with the heavy fence of wait_for_slot(): the writer sees the 0, or we that it sleeps.
    Platform::light_fence();
    if (row.wanted.load(order::relaxed) != 0) [[unlikely]]
      wake_for_slot(entered_by);
  }

  slot* enter_counted() noexcept;
  void unlock_shared_counted() noexcept;
  HOLDFAST_COLD slot* enter_slow() noexcept;
  HOLDFAST_COLD void unlock_shared_slow() noexcept;
  HOLDFAST_COLD void lock_slow() noexcept;
  HOLDFAST_COLD static void wake_for_slot(slot& left) noexcept;

  bool enter_until(const deadline& until, waiter_type& waiter, slot*& entered_by) noexcept;
  bool try_enter(slot*& entered_by) noexcept;
  void leave(slot* entered_by) noexcept;
  slot* downgrade(state from) noexcept;
  bool reserve_until(const deadline& until, waiter_type& waiter) noexcept;
  bool upgrade_until(const deadline& until, waiter_type& waiter) noexcept;
  bool is_read() const noexcept;
  void refuse_own_reader() const noexcept;

  enum class entry : std::uint8_t { done, again, closed };
  entry enter_once(slots& row, state seen, slot*& entered_by) noexcept;
  bool count_beside_writer(slots& row, state seen) noexcept;
  slot* note_count(slots& row) noexcept;
  void give_way(slots& row, const deadline& until, waiter_type& waiter) noexcept;
  void leave_count() noexcept;
  void consider_slots(slots& row) noexcept;
  void sample() noexcept;

  bool own_until(state wanted, const deadline& until, waiter_type& waiter) noexcept;
  bool try_take(state held) noexcept;
  bool drain(state before, state held, const deadline& until, waiter_type& waiter) noexcept;
  state closed_by(state wanted, state seen) const noexcept;
  void fence_after_closing(state before) noexcept;
  void revoke() noexcept;
  bool is_in_a_slot() const noexcept;
  bool wait_for_slots(const deadline& until, waiter_type& waiter) noexcept;
  bool wait_for_slot(slots& row, slot& held, const deadline& until, waiter_type& waiter) noexcept;
  bool wait_for_counted(const deadline& until, waiter_type& waiter) noexcept;
  void pass_on(state drop, state add, state set = 0) noexcept;
  bool mark(state mark, state while_any_of) noexcept;

  typename Platform::template atomic<state> state_;
  typename Platform::template atomic<std::uint32_t> memory_;  // a reader_bias
};

using parking_rw_lock = basic_parking_rw_lock<platform::chosen>;

static_assert(sizeof(parking_rw_lock) == 8);

}  // namespace holdfast
