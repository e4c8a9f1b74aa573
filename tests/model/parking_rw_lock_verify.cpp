// SPDX-License-Identifier: BSL-1.0
// parking_rw_lock: no reader beside a writer, nobody left waiting, in each way that readers enter.
#include <cstring>
#include <initializer_list>

#include "lock/parking_rw_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

// The lock measures what a revocation costs. That decides only when readers use slots, which the
// programs below do themselves; so its time stands still. The lot hands over or not as it likes.
struct steps : model::steps {
  using unchecked = model::steps;
  static constexpr std::int64_t monotonic_now() noexcept { return 0; }
};

}  // namespace
}  // namespace holdfast::verify

namespace holdfast::detail {
template <>
class spin_before_park<verify::steps> : public spin_before_park<model::steps> {};
}  // namespace holdfast::detail

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::var;
using lock_type = basic_parking_rw_lock<steps>;

// What the lock is when the threads start: its state and its memory, as its header describes them.
struct start {
  std::uint32_t state;
  std::uint32_t memory;
};
constexpr start counted{0, 0};
constexpr start slotted{16, 0};
constexpr start slotted_kept{16, 1};  // a writer that comes leaves it fenced
constexpr start fenced{32, 0};
constexpr start fenced_kept{32, 1};
constexpr start counts_one{64, 0};    // reader
constexpr start about_to_slot{0, 4};  // the next sample of the reads does it
constexpr start about_to_fence{0, 3};

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
  model::atomic<std::uint32_t> has_tried;
};

deadline soon() { return deadline::after(1'000'000'000); }

// What a thread does.
using role = void (*)(shared&);

void reads(shared& x) {
  x.lock.lock_shared();
  x.look();
  x.lock.unlock_shared();
}
void reads_inside(shared& x) {
  x.lock.lock_shared();
  reads(x);
  x.look();
  x.lock.unlock_shared();
}
// What the writer finds in the slot is then about another lock.
void reads_others(shared& x) {
  reads(x);
  x.other.lock_shared();
  x.other.unlock_shared();
}
void reads_others_by_guard(shared& x) {
  reads(x);
  lock_type::shared_half half(x.other);
  half.lock();
  half.unlock();
}
void downgrades_the_other(shared& x) {
  reads(x);
  x.other.lock();
  x.other.unlock_and_lock_shared();
  x.other.unlock_shared();
}
// As many as the row has slots, and one more.
void fills_row(shared& x) {
  for (unsigned i = 0; i < steps::reader_slots::count; ++i) x.other.lock_shared();
  reads(x);
  for (unsigned i = 0; i < steps::reader_slots::count; ++i) x.other.unlock_shared();
}
void samples(shared& x) {
  steps::my_reader_slots().reads = detail::tuning::reads_a_sample - 1;
  reads(x);
  reads(x);
}
void writes(shared& x) {
  x.lock.lock();
  x.write();
  x.lock.unlock();
}
// And then reads long enough for slots.
void writes_and_makes_slots(shared& x) {
  writes(x);
  for (unsigned i = 0; i <= detail::tuning::samples_at_least; ++i) {
    steps::my_reader_slots().reads = detail::tuning::reads_a_sample - 1;
    reads(x);
  }
}
void upgrades(shared& x) {
  x.lock.lock_upgrade();
  x.look();
  x.lock.unlock_upgrade_and_lock();
  x.write();
  x.lock.unlock();
}
void reserves(shared& x) {
  x.lock.lock_upgrade();
  x.look();
  x.lock.unlock_upgrade();
}
void downgrades(shared& x) {
  x.lock.lock();
  x.write();
  x.lock.unlock_and_lock_shared();
  x.look();
  x.lock.unlock_shared();
}
void downgrades_twice(shared& x) {
  x.lock.lock();
  x.write();
  x.lock.unlock_and_lock_upgrade();
  x.look();
  x.lock.unlock_upgrade_and_lock_shared();
  x.look();
  x.lock.unlock_shared();
}

void tries_to_read(shared& x) {
  if (!x.lock.try_lock_shared()) return;
  x.look();
  x.lock.unlock_shared();
}
void tries_to_write(shared& x) {
  if (!x.lock.try_lock()) return;
  x.write();
  x.lock.unlock();
}
void tries_to_upgrade(shared& x) {
  if (!x.lock.try_lock_upgrade()) return;
  x.look();
  if (!x.lock.try_unlock_upgrade_and_lock()) return x.lock.unlock_upgrade();
  x.write();
  x.lock.unlock();
}

void reads_soon(shared& x) {
  if (!x.lock.try_lock_shared_until(soon())) return;
  x.look();
  x.lock.unlock_shared();
}
void writes_soon(shared& x) {
  if (!x.lock.try_lock_until(soon())) return;
  x.write();
  x.lock.unlock();
}
void upgrades_soon(shared& x) {
  if (!x.lock.try_lock_upgrade_until(soon())) return;
  x.look();
  if (!x.lock.try_unlock_upgrade_and_lock_until(soon())) return x.lock.unlock_upgrade();
  x.write();
  x.lock.unlock();
}

void reads_until_stopped(shared& x) {
  lock_type::shared_half half(x.lock);
  if (!half.try_lock_until(deadline::never(), x.waiter)) return;
  x.look();
  half.unlock();
}
void writes_until_stopped(shared& x) {
  if (!x.lock.try_lock_until(deadline::never(), x.waiter)) return;
  x.write();
  x.lock.unlock();
}
void stops(shared& x) { x.waiter.interrupt(); }

// While another thread unlocks a guard of this one, see lent().
void reads_again(shared& x) {
  lock_type::shared_half half(x.lock);
  half.lock();
  x.look();
  half.unlock();
}
void reads_the_other(shared& x) {
  x.other.lock_shared();
  x.other.unlock_shared();
}
auto& lent_slot() { return model::detail::register_of_rows::instance().rows[0].slots[0]; }
void unlocks_for_another(shared& x) {
  x.look();
  lock_type::shared_half(x.lock, &lent_slot()).unlock();
}

// The lender may still believe that it reads when its guard is gone and another has written since.
void tries_to_read_again(shared& x) {
  tries_to_read(x);
  x.has_tried.store(1, platform::order::relaxed);
}
void unlocks_and_goes_on(shared& x) {
  unlocks_for_another(x);
  writes(x);
  x.lock.lock_shared();
  model::detail::await_change(
      x.has_tried.address(), sizeof(std::uint32_t), 1, 0, [](model::detail::value v) { return v; },
      false, platform::order::relaxed, std::source_location::current());
  x.lock.unlock_shared();
}

enum class rows : std::uint8_t { given, obtained };

// A thread for each role.
shared& add_threads(scenario& s, start from, start other, const std::vector<role>& roles,
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

auto crowd(start from, std::initializer_list<role> given, int rounds = 1, rows r = rows::given,
           start other = counted) {
  return [=, roles = std::vector<role>(given)](scenario& s) {
    add_threads(s, from, other, roles, rounds, r);
  };
}

// The first thread reads and has lent its guard to the second.
auto lent(start from, std::initializer_list<role> given) {
  return [=, roles = std::vector<role>(given)](scenario& s) {
    const auto& x = add_threads(s, from, counted, roles, 1, rows::given);
    const auto note = reinterpret_cast<std::uintptr_t>(&x.lock);
    lent_slot().store(from.state >= counts_one.state ? note + 1 : note, platform::order::relaxed);
  };
}

const bool parking_rw_lock = add({
    "parking_rw_lock",
    {"parking_rw_lock.hpp", "parking_rw_lock_algorithm.hpp", "parking_rw_lock_readers.hpp",
     "reader_bias.hpp", "rw_halves.hpp", "model/reader_slots.hpp"},
    {{"reader, writer: counted", complete(), crowd(counted, {reads, writes})},
     {"reader, writer: slots", complete(), crowd(slotted, {reads, writes})},
     {"reader, writer: slots, then fenced", complete(), crowd(slotted_kept, {reads, writes})},
     {"reader, writer: fenced slots", complete(), crowd(fenced, {reads, writes})},
     {"reader, writer: fenced slots, kept", complete(), crowd(fenced_kept, {reads, writes})},
     {"2 writers", complete(), crowd(counted, {writes, writes})},
     {"writer, upgrade", complete(), crowd(counted, {writes, upgrades})},
     {"writer, downgrade", complete(), crowd(counted, {writes, downgrades})},
     {"writer, downgrade by way of upgradable", complete(),
      crowd(counted, {writes, downgrades_twice})},
     {"2 upgrades", complete(), crowd(counted, {upgrades, upgrades})},
     {"reader, upgrade: counted", complete(), crowd(counted, {reads, upgrades})},
     {"reader, upgrade: slots", complete(), crowd(slotted, {reads, upgrades})},
     {"reader, writer that tries: counted", complete(), crowd(counted, {reads, tries_to_write})},
     {"reader, writer that tries: slots", complete(), crowd(slotted, {reads, tries_to_write})},
     {"reader, writer that tries: fenced slots", complete(),
      crowd(fenced_kept, {reads, tries_to_write})},
     {"reader that tries, writer", complete(), crowd(slotted, {tries_to_read, writes})},
     {"both try", complete(), crowd(slotted, {tries_to_read, tries_to_write})},
     {"reader, upgrade that tries", complete(), crowd(slotted, {reads, tries_to_upgrade})},
     {"reader with a deadline, writer", complete(), crowd(slotted, {reads_soon, writes})},
     {"reader, writer with a deadline: counted", complete(), crowd(counted, {reads, writes_soon})},
     {"reader, writer with a deadline: slots", bounded(2), crowd(slotted, {reads, writes_soon})},
     {"reader, writer with a deadline: fenced slots", bounded(2),
      crowd(fenced_kept, {reads, writes_soon})},
     {"reader, upgrade with a deadline", bounded(2), crowd(slotted, {reads, upgrades_soon})},
     {"reader, downgrade", bounded(2), crowd(slotted, {reads, downgrades})},
     {"reader, downgrade by way of upgradable", bounded(2),
      crowd(slotted, {reads, downgrades_twice})},
     {"reader inside a reader, writer: counted", complete(),
      crowd(counted, {reads_inside, writes})},
     {"reader inside a reader, writer: slots", bounded(2), crowd(slotted, {reads_inside, writes})},
     {"reader inside a reader, writer: fenced slots", bounded(2),
      crowd(fenced_kept, {reads_inside, writes})},
     {"reader of two, writer: slots, counted", complete(), crowd(slotted, {reads_others, writes})},
     {"reader of two, writer: slots", complete(),
      crowd(slotted, {reads_others, writes}, 1, rows::given, slotted)},
     {"reader of two, writer: slots, fenced", bounded(2),
      crowd(slotted, {reads_others, writes}, 1, rows::given, fenced_kept)},
     {"reader of two by guards, writer", complete(),
      crowd(slotted, {reads_others_by_guard, writes})},
     {"reader of one, writer of the other", bounded(2),
      crowd(slotted, {downgrades_the_other, writes})},
     {"writer, upgrade that tries", complete(), crowd(counted, {writes, tries_to_upgrade})},
     {"a full row, writer", complete(),
      crowd(slotted, {fills_row, writes}, 1, rows::given, slotted)},
     {"rows on the way", complete(), crowd(slotted, {reads, writes}, 1, rows::obtained)},
     {"reader that makes slots, writer", bounded(1), crowd(about_to_slot, {samples, writes})},
     {"reader that makes fenced slots, writer", bounded(1),
      crowd(about_to_fence, {samples, writes})},
     {"reader that is stopped, writer", bounded(1),
      crowd(slotted, {reads_until_stopped, writes, stops})},
     {"reader, writer that is stopped: slots", bounded(1),
      crowd(slotted, {reads, writes_until_stopped, stops})},
     {"reader, writer that is stopped: counted", bounded(1),
      crowd(counted, {reads, writes_until_stopped, stops})},
     {"2 readers, upgradable", bounded(1), crowd(slotted, {reads, reads, reserves})},
     {"guard lent, writer: counted", bounded(1),
      lent(counts_one, {reads_again, unlocks_for_another, writes})},
     {"guard lent, writer: slots", bounded(1),
      lent(slotted, {reads_again, unlocks_for_another, writes})},
     {"guard lent, writer: fenced slots", bounded(1),
      lent(fenced_kept, {reads_again, unlocks_for_another, writes})},
     {"guard lent, other lock", bounded(1),
      lent(slotted, {reads_the_other, unlocks_for_another, writes})},
     {"guard lent, writer that tries", bounded(1),
      lent(slotted, {reads_again, unlocks_for_another, tries_to_write})},
     {"guard lent, unlocked long ago", bounded(0),
      lent(counts_one, {tries_to_read_again, unlocks_and_goes_on, writes})},
     {"reader, 2 writers: counted", bounded(1), crowd(counted, {reads, writes, writes})},
     {"writer that makes slots, reader", bounded(0),
      crowd(counted, {writes_and_makes_slots, reads})},
     {"2 readers, writer: counted", bounded(1), crowd(counted, {reads, reads, writes}), false},
     {"2 readers, writer: slots", bounded(1), crowd(slotted, {reads, reads, writes}), false},
     {"2 readers, writer: fenced slots", bounded(1), crowd(fenced_kept, {reads, reads, writes}),
      false},
     {"writer, reader, upgradable", bounded(1), crowd(counted, {writes, reads, reserves}), false},
     {"2 readers, writer x 2, at random: counted", random(30'000),
      crowd(counted, {reads, reads, writes}, 2), false},
     {"2 readers, writer x 2, at random: slots", random(30'000),
      crowd(slotted, {reads, reads, writes}, 2), false},
     {"2 readers, writer x 2, at random: fenced slots", random(30'000),
      crowd(fenced_kept, {reads, reads, writes}, 2), false},
     {"reader, writer, upgrade, at random", random(30'000),
      crowd(slotted, {reads, writes, upgrades}), false},
     {"reader, 2 writers, one with a deadline, at random", random(30'000),
      crowd(slotted, {reads, writes_soon, writes}), false},
     {"reader, upgrade with a deadline, writer, at random", random(30'000),
      crowd(slotted, {reads, upgrades_soon, writes}), false},
     {"reader, 2 writers: slots", bounded(1), crowd(slotted, {reads, writes, writes}), false, true},
     {"reader, 2 writers: fenced slots", bounded(1), crowd(fenced_kept, {reads, writes, writes}),
      false, true},
     {"reader, writer, upgrade", bounded(1), crowd(slotted, {reads, writes, upgrades}), false,
      true},
     {"reader, 2 writers, one with a deadline", bounded(1),
      crowd(slotted, {reads, writes_soon, writes}), false, true},
     {"reader, upgrade with a deadline, writer", bounded(1),
      crowd(slotted, {reads, upgrades_soon, writes}), false, true},
     {"2 readers, writer x 2: counted", bounded(1), crowd(counted, {reads, reads, writes}, 2),
      false, true},
     {"2 readers, writer x 2: slots", bounded(1), crowd(slotted, {reads, reads, writes}, 2), false,
      true},
     {"2 readers, writer x 2: fenced slots", bounded(1),
      crowd(fenced_kept, {reads, reads, writes}, 2), false, true}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
