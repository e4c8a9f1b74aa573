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
    const deadline until = with_deadline ? model::any_time() : deadline::never();
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

// A predicate that throws when there is something: the lock is held then, and the others get it all.
auto throwing(int patient) {
  return [patient](scenario& s) {
    auto& r = s.make<room>("room");
    s.thread("throws", [&r] {
      r.lock.lock();
      try {
        r.changed.wait(r.lock, [&r] {
          if (r.permits.get() + r.taken.get() > 0) throw 1;
          return false;
        });
        expect(false, "an exception was lost");
      } catch (int) {
        expect(!r.lock.try_lock(), "thrown without the lock");
      }
      r.lock.unlock();
    });
    for (int i = 0; i < patient; ++i) s.thread("waiter", [&r] { r.take(false); });
    s.thread("signaller", [&r, patient] { r.give(patient + 1, true, true); });
    s.after([&r, patient] {
      expect(r.taken.get() == patient && r.permits.get() == 1, "a waiter was lost");
      expect(r.lock.try_lock(), "the lock is still held");
    });
  };
}

// An owner that throws instead of giving its lock away: it still has it, and takes no signal along.
auto refusing(bool all) {
  return [all](scenario& s) {
    struct refuses {
      room& r;
      void lock() { r.lock.lock(); }
      void unlock() {
        r.permits.set(r.permits.get());
        throw 1;
      }
    };
    auto& r = s.make<room>("room");
    s.thread("refuses", [&r] {
      r.lock.lock();
      refuses owner{r};
      try {
        r.changed.wait(owner);
        expect(false, "an exception was lost");
      } catch (int) {
      }
      r.lock.unlock();
    });
    s.thread("waiter", [&r] { r.take(false); });
    s.thread("signaller", [&r, all] { r.give(1, false, all); });
    s.after([&r] { expect(r.taken.get() == 1, "a waiter was lost"); });
  };
}

const bool condition = add({
    "condition",
    {"condition.hpp", "condition_algorithm.hpp", "parking_lot_algorithm.hpp"},
    {{"1 waiter", complete(), signals(1, false)},
     {"1 waiter, signalled with the lock held", complete(), signals(1, true)},
     {"broadcast to 1", complete(), broadcast(1, true)},
     {"broadcast to 2", by_content(bounded(2)), broadcast(2, false)},
     {"broadcast to 2, with the lock held", by_content(bounded(1)), broadcast(2, true)},
     {"2 waiters", by_content(bounded(1)), signals(2, false)},
     {"2 waiters, one with a deadline", by_content(bounded(1)), giving_up(false), false},
     {"2 waiters, one with a deadline, broadcast", by_content(bounded(1)), giving_up(true), false},
     {"a predicate that throws", complete(), throwing(0)},
     {"a predicate that throws, 1 waiter", random(30'000), throwing(1), false},
     {"an owner that does not let go", random(30'000), refusing(false), false},
     {"an owner that does not let go, broadcast", random(30'000), refusing(true), false},
     {"a predicate that throws, 1 waiter", bounded(1), throwing(1), false, true},
     {"an owner that does not let go", bounded(2), refusing(false), false, true},
     {"broadcast to 2", by_content(bounded(3)), broadcast(2, false), false, true},
     {"2 waiters", by_content(bounded(2)), signals(2, false), false, true},
     {"2 waiters, one with a deadline", by_content(bounded(2)), giving_up(false), false, true},
     {"2 waiters, one with a deadline, broadcast", by_content(bounded(2)), giving_up(true), false,
      true}},
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
      if (data.lock.lock_when([&data] { return data.turn.get() == 1; }, model::any_time()))
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

// Data that is ready, and predicates that throw.
struct awaited {
  basic_parking_lock<steps, unlock_by::compare_and_swap> lock;
  var<int> is;
  var<int> done;

  void finish() { done.set(done.get() + 1); }
  void make() {
    lock.lock();
    is.set(1);
    lock.unlock();
  }
};

// Throws when it is ready, whoever asks. The exception ends the wait, and the next in the queue has
// its turn.
auto throwing_when_ready(int patient, bool hastily, bool owner) {
  return [=](scenario& s) {
    auto& data = s.make<awaited>("data");
    s.thread("throws", [=, &data] {
      const deadline until = hastily ? model::any_time() : deadline::never();
      const auto ready = [&data] { return data.is.get() == 1 ? throw 1 : false; };
      if (owner) data.lock.lock();
      bool thrown = false;
      try {
        const bool is =
            owner ? data.lock.wait_until_true(ready, until) : data.lock.lock_when(ready, until);
        expect(!is && hastily, "an exception was lost");
      } catch (int) {
        thrown = true;
      }
      if (!owner && thrown) data.lock.lock();
      if (thrown) data.finish();
      if (owner || thrown) data.lock.unlock();
    });
    for (int i = 0; i < patient; ++i)
      s.thread("patient", [&data] {
        data.lock.lock_when([&data] { return data.is.get() == 1; });
        data.finish();
        data.lock.unlock();
      });
    s.thread("makes", [&data] { data.make(); });
    s.after([=, &data] {
      expect(data.lock.try_lock(), "the lock is still held");
      expect(data.done.get() == patient + 1 || (hastily && data.done.get() == patient),
             "a waiter was lost");
    });
  };
}

// Throws only where another thread asks: its own finds out what is so, and waits on if it is not.
auto throwing_elsewhere(int owners, bool owner) {
  return [=](scenario& s) {
    auto& data = s.make<awaited>("data");
    s.thread("throws elsewhere", [owner, &data] {
      const unsigned me = model::detail::this_thread();
      const auto ready = [&data, me] {
        if (model::detail::this_thread() != me) throw 1;
        return data.is.get() == 1;
      };
      if (owner) data.lock.lock();
      expect(owner ? data.lock.wait_until_true(ready) : data.lock.lock_when(ready), "gave up");
      expect(data.is.get() == 1, "not ready");
      data.finish();
      data.lock.unlock();
    });
    for (int i = 0; i < owners; ++i)
      s.thread("owner", [&data] {
        data.lock.lock();
        data.finish();
        data.lock.unlock();
      });
    s.thread("makes", [&data] { data.make(); });
    s.after([=, &data] {
      expect(data.done.get() == owners + 1, "somebody was lost");
      expect(data.lock.try_lock(), "the lock is still held");
    });
  };
}

const bool lock_when = add({
    "lock_when",
    {"parking_lock_algorithm.hpp", "parking_lot_algorithm.hpp", "lock_bytes.hpp"},
    {{"2 players x 1", complete(), in_turn(1)},
     {"2 players x 2", by_content(complete()), in_turn(2)},
     {"2 waiters, one with a deadline", by_content(bounded(2)), in_turn_or_not()},
     {"throws when ready", complete(), throwing_when_ready(0, false, false), false},
     {"an owner throws when ready", complete(), throwing_when_ready(0, false, true), false},
     {"throws when ready, or gives up", complete(), throwing_when_ready(0, true, false), false},
     {"an owner throws, or gives up", complete(), throwing_when_ready(0, true, true), false},
     {"throws elsewhere", complete(), throwing_elsewhere(0, false), false},
     {"an owner throws elsewhere", complete(), throwing_elsewhere(0, true), false},
     {"throws when ready, 1 patient", random(30'000), throwing_when_ready(1, false, false), false},
     {"throws or gives up, 1 patient", random(30'000), throwing_when_ready(1, true, false), false},
     {"an owner throws, 1 patient", random(30'000), throwing_when_ready(1, true, true), false},
     {"throws elsewhere, 1 owner", random(30'000), throwing_elsewhere(1, false), false},
     {"throws when ready, 1 patient", bounded(1), throwing_when_ready(1, false, false), false,
      true},
     {"throws or gives up, 1 patient", bounded(2), throwing_when_ready(1, true, false), false,
      true},
     {"an owner throws, 1 patient", bounded(2), throwing_when_ready(1, true, true), false, true},
     {"throws elsewhere, 1 owner", bounded(2), throwing_elsewhere(1, false), false, true},
     {"an owner throws elsewhere, 1 owner", bounded(2), throwing_elsewhere(1, true), false, true},
     {"2 waiters, one with a deadline", by_content(complete()), in_turn_or_not(), false, true}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
