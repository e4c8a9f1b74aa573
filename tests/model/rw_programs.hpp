// SPDX-License-Identifier: BSL-1.0
// What threads do with a parking_rw_lock on the model, and how it is when they start.
#pragma once

#include <concepts>
#include <cstring>
#include <initializer_list>

#include "lock/parking_rw_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify::rw {

// The lock measures what a revocation costs. That decides only when readers use slots, which the
// programs below do themselves; so its time stands still. The lot hands over or not as it likes.
struct steps : model::steps {
  using unchecked = model::steps;
  static constexpr std::int64_t monotonic_now() noexcept { return 0; }
};

}  // namespace holdfast::verify::rw

namespace holdfast::detail {

// Where threads may be crowded, every meeting may be one for a turn.
template <std::derived_from<model::explored> Platform>
class meeting<Platform> {
 public:
  explicit meeting(typename Platform::reader_slots&) noexcept {}
  enum class way { on, pause, turn };
  static way choose() noexcept {
    return model::detail::may_be_crowded() && model::detail::choose(2) == 1 ? way::turn : way::on;
  }
  static constexpr void pause() noexcept {}
  static constexpr void turn_begins() noexcept {}
};

}  // namespace holdfast::detail

namespace holdfast::verify::rw {

using model::expect;
using model::scenario;
using model::var;
using lock_type = basic_parking_rw_lock<steps>;

// What the lock is when the threads start: its state and its memory, as its header describes them.
struct start {
  std::uint32_t state;
  std::uint32_t memory;
};
inline constexpr start counted{0, 0};
inline constexpr start slotted{16, 0};
inline constexpr start slotted_kept{16, 1};  // a writer that comes leaves it fenced
inline constexpr start fenced{32, 0};
inline constexpr start fenced_kept{32, 1};
inline constexpr start counts_one{64, 0};    // reader
inline constexpr start about_to_slot{0, 4};  // the next sample of the reads does it
inline constexpr start about_to_fence{0, 3};

struct shared {
  explicit shared(start of_lock, start of_other) {
    set(lock, of_lock);
    set(other, of_other);
  }
  static void set(lock_type& l, start to) {
    static_assert(sizeof(start) == sizeof(lock_type));
    std::memcpy(static_cast<void*>(&l), &to, sizeof to);  // before any thread has looked
  }
  void look() { expect(first.get() == second.get(), "a reader beside a writer"); }
  void write() {
    first.set(first.get() + 1);
    second.set(first.get());
  }

  lock_type lock;
  lock_type other;  // of nothing, for those who read several
  var<int> first;
  var<int> second;
  detail::basic_waiter<model::steps> waiter;  // of the one who can be stopped
  model::atomic<std::uint32_t> is_lent;
  var<bool> was_lent;
  // Order nothing: they only shorten the way to what is to be seen.
  model::atomic<std::uint32_t> is_inside;
  model::atomic<std::uint32_t> has_tried;
};

inline deadline soon() { return model::any_time(); }

// What a thread does.
using role = void (*)(shared&);

inline void reads(shared& x) {
  x.lock.lock_shared();
  x.look();
  x.lock.unlock_shared();
}
inline void reads_inside(shared& x) {
  x.lock.lock_shared();
  reads(x);
  x.look();
  x.lock.unlock_shared();
}
// What the writer finds in the slot is then about another lock.
inline void reads_others(shared& x) {
  reads(x);
  x.other.lock_shared();
  x.other.unlock_shared();
}
inline void reads_others_by_guard(shared& x) {
  reads(x);
  lock_type::shared_half half(x.other);
  half.lock();
  half.unlock();
}
inline void downgrades_the_other(shared& x) {
  reads(x);
  x.other.lock();
  x.other.unlock_and_lock_shared();
  x.other.unlock_shared();
}
// As many as the row has slots, and one more.
inline void fills_row(shared& x) {
  for (unsigned i = 0; i < steps::reader_slots::count; ++i) x.other.lock_shared();
  reads(x);
  for (unsigned i = 0; i < steps::reader_slots::count; ++i) x.other.unlock_shared();
}
inline void samples(shared& x) {
  steps::my_reader_slots().reads = detail::tuning::reads_a_sample - 1;
  reads(x);
  reads(x);
}
inline void writes(shared& x) {
  x.lock.lock();
  x.write();
  x.lock.unlock();
}
// And then reads long enough for slots.
inline void writes_and_makes_slots(shared& x) {
  writes(x);
  for (unsigned i = 0; i <= detail::tuning::samples_at_least; ++i) {
    steps::my_reader_slots().reads = detail::tuning::reads_a_sample - 1;
    reads(x);
  }
}
inline void upgrades(shared& x) {
  x.lock.lock_upgrade();
  x.look();
  x.lock.unlock_upgrade_and_lock();
  x.write();
  x.lock.unlock();
}
inline void reserves(shared& x) {
  x.lock.lock_upgrade();
  x.look();
  x.lock.unlock_upgrade();
}
inline void downgrades(shared& x) {
  x.lock.lock();
  x.write();
  x.lock.unlock_and_lock_shared();
  x.look();
  x.lock.unlock_shared();
}
inline void downgrades_twice(shared& x) {
  x.lock.lock();
  x.write();
  x.lock.unlock_and_lock_upgrade();
  x.look();
  x.lock.unlock_upgrade_and_lock_shared();
  x.look();
  x.lock.unlock_shared();
}

inline void tries_to_read(shared& x) {
  if (!x.lock.try_lock_shared()) return;
  x.look();
  x.lock.unlock_shared();
}
inline void tries_to_write(shared& x) {
  if (!x.lock.try_lock()) return;
  x.write();
  x.lock.unlock();
}
inline void tries_to_upgrade(shared& x) {
  if (!x.lock.try_lock_upgrade()) return;
  x.look();
  if (!x.lock.try_unlock_upgrade_and_lock()) return x.lock.unlock_upgrade();
  x.write();
  x.lock.unlock();
}

inline void reads_soon(shared& x) {
  if (!x.lock.try_lock_shared_until(soon())) return;
  x.look();
  x.lock.unlock_shared();
}
inline void writes_soon(shared& x) {
  if (!x.lock.try_lock_until(soon())) return;
  x.write();
  x.lock.unlock();
}
inline void upgrades_soon(shared& x) {
  if (!x.lock.try_lock_upgrade_until(soon())) return;
  x.look();
  if (!x.lock.try_unlock_upgrade_and_lock_until(soon())) return x.lock.unlock_upgrade();
  x.write();
  x.lock.unlock();
}

inline void reads_until_stopped(shared& x) {
  lock_type::shared_half half(x.lock);
  if (!half.try_lock_until(deadline::never(), x.waiter)) return;
  x.look();
  half.unlock();
}
inline void writes_until_stopped(shared& x) {
  if (!x.lock.try_lock_until(deadline::never(), x.waiter)) return;
  x.write();
  x.lock.unlock();
}
inline void stops(shared& x) { x.waiter.interrupt(); }

// While another thread unlocks a guard of this one, see lent().
inline void reads_again(shared& x) {
  lock_type::shared_half half(x.lock);
  half.lock();
  x.look();
  half.unlock();
}
inline void reads_the_other(shared& x) {
  x.other.lock_shared();
  x.other.unlock_shared();
}
inline auto& lent_slot() { return model::detail::register_of_rows::instance().rows[0].slots[0]; }
inline void unlocks_for_another(shared& x) {
  x.look();
  lock_type::shared_half(x.lock, &lent_slot()).unlock();
}

using platform::order;
inline void set(model::atomic<std::uint32_t>& flag, order o = order::relaxed) { flag.store(1, o); }
inline void await(model::atomic<std::uint32_t>& flag, order o = order::relaxed) {
  model::detail::await_change(
      flag.address(), sizeof(std::uint32_t), 1, 0, [](model::detail::value v) { return v; },
      model::detail::time_limit::none, o, std::source_location::current());
}

// The lender may still believe that it reads when its guard is gone and another has written since.
inline void tries_to_read_again(shared& x) {
  lock_type::shared_half half(x.lock);
  if (half.try_lock()) {
    x.look();
    half.unlock();
  }
  set(x.has_tried);
}
inline void unlocks_and_goes_on(shared& x) {
  unlocks_for_another(x);
  writes(x);
  x.lock.lock_shared();
  await(x.has_tried);
  x.lock.unlock_shared();
}

// The lender comes in once more while a writer believes that it got the lock at the first try.
inline void lends_and_tries_to_read(shared& x) {
  lock_type::shared_half lent(x.lock);
  x.was_lent.set(lent.try_lock());
  set(x.is_lent, order::release);
  await(x.is_inside);
  tries_to_read_again(x);
}
inline void unlocks_once_lent(shared& x) {
  await(x.is_lent, order::acquire);
  if (x.was_lent.get()) lock_type::shared_half(x.lock, &lent_slot()).unlock();
}
inline void tries_to_write_beside(shared& x) {
  const bool got = x.lock.try_lock();
  if (got) x.write();
  set(x.is_inside);
  await(x.has_tried);
  if (got) x.lock.unlock();
}

enum class rows : std::uint8_t { given, obtained };

// A thread for each role.
inline shared& add_threads(scenario& s, start from, start other, const std::vector<role>& roles,
                           int rounds, rows r) {
  auto& x = s.make<shared>("shared", from, other);
  if (r == rows::given) model::give_reader_slots(static_cast<unsigned>(roles.size()));
  for (const role each : roles)
    s.thread("thread", [&x, each, rounds] {
      for (int i = 0; i < rounds; ++i) each(x);
    });
  s.after([&x] {
    expect(x.lock.try_lock(), "the lock is still held");
    expect(detail::basic_parking_lot<model::steps>::instance().waiters_of(&x.lock) == 0,
           "a waiter is left in the queue");
  });
  return x;
}

inline auto crowd(start from, std::initializer_list<role> given, int rounds = 1,
                  rows r = rows::given, start other = counted) {
  return [=, roles = std::vector<role>(given)](scenario& s) {
    add_threads(s, from, other, roles, rounds, r);
  };
}

// The first thread reads and has lent its guard to the second.
inline auto lent(start from, std::initializer_list<role> given) {
  return [=, roles = std::vector<role>(given)](scenario& s) {
    const auto& x = add_threads(s, from, counted, roles, 1, rows::given);
    const auto note = reinterpret_cast<std::uintptr_t>(&x.lock);
    lent_slot().store(from.state >= counts_one.state ? note + 1 : note, platform::order::relaxed);
  };
}

}  // namespace holdfast::verify::rw
