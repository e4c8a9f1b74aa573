// SPDX-License-Identifier: BSL-1.0
// The condition on a parking_lock: no signal is lost, none is invented.
#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;

struct room {
  basic_parking_lock<steps, unlock_by::compare_and_swap> lock;
  basic_condition<steps> changed;
  var<int> permits;
  var<int> taken;

  void take(bool with_deadline) {
    lock.lock();
    const deadline until = with_deadline ? deadline::after(1'000'000'000) : deadline::never();
    const bool got = changed.wait_until(lock, until, [this] { return permits.get() > 0; });
    if (got) {
      permits.set(permits.get() - 1);
      taken.set(taken.get() + 1);
    }
    lock.unlock();
  }
  void give(int count, bool held, bool all) {
    lock.lock();
    permits.set(permits.get() + count);
    if (!held) lock.unlock();
    if (all)
      changed.notify_all();
    else
      changed.notify_one();
    if (held) lock.unlock();
  }
};

auto signals(int waiters, bool held) {
  return [=](scenario& s) {
    auto& r = s.make<room>("room");
    for (int i = 0; i < waiters; ++i) s.thread("waiter", [&r] { r.take(false); });
    s.thread("signaller", [&r, waiters, held] {
      for (int i = 0; i < waiters; ++i) r.give(1, held, false);
    });
    s.after([&r, waiters] { expect(r.taken.get() == waiters, "a waiter was lost"); });
  };
}

auto broadcast(int waiters, bool held) {
  return [=](scenario& s) {
    auto& r = s.make<room>("room");
    for (int i = 0; i < waiters; ++i) s.thread("waiter", [&r] { r.take(false); });
    s.thread("signaller", [&r, waiters, held] { r.give(waiters, held, true); });
    s.after([&r, waiters] { expect(r.taken.get() == waiters, "a waiter was lost"); });
  };
}

// One signal, two waiters, of which one may give up: the other must not be left with the permit
// lying there.
auto giving_up(bool all) {
  return [=](scenario& s) {
    auto& r = s.make<room>("room");
    s.thread("patient", [&r] { r.take(false); });
    s.thread("hasty", [&r] { r.take(true); });
    s.thread("signaller", [&r, all] {
      r.give(1, true, all);
      r.give(1, false, all);
    });
    s.after([&r] { expect(r.taken.get() + r.permits.get() == 2, "a permit was lost"); });
  };
}

const bool condition = add({
    "condition",
    {"condition.hpp", "condition_algorithm.hpp", "parking_lot_algorithm.hpp"},
    {{"1 waiter", complete(), signals(1, false)},
     {"1 waiter, signalled with the lock held", complete(), signals(1, true)},
     {"broadcast to 1", complete(), broadcast(1, true)},
     {"broadcast to 2", bounded(1), broadcast(2, false)},
     {"broadcast to 2, with the lock held", bounded(1), broadcast(2, true)},
     {"2 waiters, at random", random(200'000), signals(2, false)},
     {"2 waiters, one with a deadline, at random", random(400'000), giving_up(false), false},
     {"2 waiters, one with a deadline, broadcast, at random", random(400'000), giving_up(true),
      false},
     {"broadcast to 2", bounded(2), broadcast(2, false), false, true},
     {"2 waiters", bounded(1), signals(2, false), false, true},
     {"2 waiters, one with a deadline", bounded(1), giving_up(false), false, true},
     {"2 waiters, one with a deadline, broadcast", bounded(1), giving_up(true), false, true}},
    {},
});

// lock_when: each waits for the other's number.
auto in_turn(int rounds) {
  return [rounds](scenario& s) {
    struct shared {
      basic_parking_lock<steps, unlock_by::compare_and_swap> lock;
      var<int> turn;
    };
    auto& data = s.make<shared>("data");
    for (int me = 0; me < 2; ++me)
      s.thread("player", [&data, me, rounds] {
        for (int r = 0; r < rounds; ++r) {
          data.lock.lock_when([&data, me] { return data.turn.get() % 2 == me; });
          data.turn.set(data.turn.get() + 1);
          data.lock.unlock();
        }
      });
    s.after([&data, rounds] { expect(data.turn.get() == 2 * rounds, "a turn was lost"); });
  };
}

auto in_turn_or_not() {
  return [](scenario& s) {
    struct shared {
      basic_parking_lock<steps, unlock_by::compare_and_swap> lock;
      var<int> turn;
    };
    auto& data = s.make<shared>("data");
    s.thread("hasty", [&data] {
      if (data.lock.lock_when([&data] { return data.turn.get() == 1; },
                              deadline::after(1'000'000'000)))
        data.lock.unlock();
    });
    s.thread("patient", [&data] {
      data.lock.lock_when([&data] { return data.turn.get() == 1; });
      data.lock.unlock();
    });
    s.thread("plain", [&data] {
      data.lock.lock();
      data.turn.set(1);
      data.lock.unlock();
    });
  };
}

const bool lock_when = add({
    "lock_when",
    {"parking_lock_algorithm.hpp", "parking_lot_algorithm.hpp", "lock_bytes.hpp"},
    {{"2 players x 1", complete(), in_turn(1)},
     {"2 players x 2", bounded(1), in_turn(2)},
     {"2 waiters, one with a deadline", bounded(1), in_turn_or_not()},
     {"2 waiters, one with a deadline, at random", random(800'000), in_turn_or_not(), false},
     {"2 waiters, one with a deadline", bounded(3), in_turn_or_not(), false, true}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
