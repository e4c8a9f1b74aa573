// SPDX-License-Identifier: BSL-1.0
// Coroutines that wait: for a lock, a permit, a signal; with a stop, with a deadline; and destroyed
// while they are notified.
#include "condition_algorithm.hpp"
#include "lock/parking_lock_algorithm.hpp"
#include "model/coroutine_programs.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "semaphore_algorithm.hpp"

namespace holdfast::verify {
namespace {

using detail::basic_ticket;
using model::expect;
using model::scenario;
using model::var;

constexpr auto by_exchange = unlock_by::compare_and_swap;
constexpr auto by_sequence = unlock_by::restartable;

enum class end : std::uint8_t { none, stop, deadline, late_deadline };

bool is_deadline(end by) { return by == end::deadline || by == end::late_deadline; }
// Nothing but what it waits for ends the wait.
bool is_patient(end by) { return by == end::none || by == end::late_deadline; }

// The thread that brings the end. Gives the bell of a stop.
template <class Coroutine>
bell& add_end(scenario& s, end by, Coroutine& of) {
  auto& clock = s.make<bell>("clock");
  auto& stop = s.make<bell>("stop");
  clock_of_execution = &clock;
  if (by == end::late_deadline) of.have_late_clock();
  if (is_deadline(by))
    s.thread("clock", [&clock] { clock.ring([](auto& waiter) { waiter.expire(); }); });
  if (by == end::stop) {
    stop.watch(&of.stoppable());
    s.thread("stop", [&stop] { stop.ring([](auto& waiter) { waiter.interrupt(); }); });
  }
  return stop;
}

deadline until_of(end by) { return is_deadline(by) ? model::any_time() : deadline::never(); }

template <unlock_by Unlock>
struct lock_operation : detail::async_acquire<steps, Unlock> {
  using lock_operation::async_acquire::async_acquire;
  bool at_once(bool) noexcept { return this->is_taken(); }
  using lock_operation::async_acquire::is_owner;
};

template <unlock_by Unlock>
struct locked_data {
  basic_parking_lock<steps, Unlock> lock;
  var<int> count;
  void add(int number) {
    count.set(count.get() + number);
    lock.unlock();
  }
};

// `owners` threads and a coroutine count under one lock.
template <unlock_by Unlock>
auto locks(int owners, end by, bool destroyed) {
  return [=](scenario& s) {
    auto& data = s.make<locked_data<Unlock>>("data");
    auto& ex = s.make<executor>("executor");
    auto& ticket = s.make<basic_ticket<steps>>("ticket");
    auto& waits = s.make<coroutine<lock_operation<Unlock>>>("coroutine", ex, ticket, data.lock);
    auto& counted = s.make<int>("counted", 0);
    for (int i = 0; i < owners; ++i)
      s.thread("owner", [&data] {
        data.lock.lock();
        data.add(1);
      });
    bell& stop = add_end(s, by, waits);
    s.thread("coroutine", [=, &waits, &data, &counted, &stop] {
      const auto count = [&data, &counted](const auto& operation) {
        if (!operation.is_owner()) return;
        data.add(1);
        ++counted;
      };
      if (destroyed)
        waits.run_or_destroy(until_of(by), stop, count);
      else
        waits.run(until_of(by), count);
    });
    s.after([=, &data, &ex, &counted] {
      ex.run_rest();
      expect(data.count.get() == owners + counted, "an owner was lost");
      expect(destroyed || !is_patient(by) || counted == 1, "the coroutine was lost");
      expect(data.lock.try_lock(), "the lock is still held");
    });
  };
}

const bool lock = add({
    "coroutine, lock",
    {"ticket.hpp", "async_wait_algorithm.hpp", "async_lock_algorithm.hpp"},
    {{"1 owner", complete(), locks<by_exchange>(1, end::none, false)},
     {"1 owner, destroyed", complete(), locks<by_exchange>(1, end::none, true)},
     {"1 owner, deadline, destroyed", complete(), locks<by_exchange>(1, end::deadline, true)},
     {"1 owner, stop, destroyed", complete(), locks<by_exchange>(1, end::stop, true)},
     {"1 owner, deadline", by_content(complete()), locks<by_exchange>(1, end::deadline, false)},
     {"1 owner, late clock", by_content(complete()),
      locks<by_exchange>(1, end::late_deadline, false)},
     {"1 owner, stop", by_content(complete()), locks<by_exchange>(1, end::stop, false)},
     {"2 owners", bounded(2), locks<by_exchange>(2, end::none, false)},
     {"2 owners, destroyed", bounded(2), locks<by_exchange>(2, end::none, true)},
     {"1 owner, restartable", complete(), locks<by_sequence>(1, end::none, false)},
     {"2 owners, restartable", bounded(2), locks<by_sequence>(2, end::none, false)},
     {"2 owners, restartable, destroyed", bounded(2), locks<by_sequence>(2, end::none, true)},
     {"2 owners", by_content(bounded(3)), locks<by_exchange>(2, end::none, false), false, true},
     {"2 owners, destroyed", by_content(bounded(3)), locks<by_exchange>(2, end::none, true), false,
      true}},
    {},
});

struct asks_count {
  explicit asks_count(var<int>& of) : count(of) {}
  bool operator()() const { return count.get() > 0; }
  var<int>& count;
};

struct when_operation : detail::async_acquire_when<steps, by_exchange> {
  using when_operation::async_acquire_when::async_acquire_when;
  static constexpr bool at_once(bool) noexcept { return false; }
  using when_operation::async_acquire_when::is_owner;
};

// Two that wait until there is something, and take it: a coroutine and a thread.
auto locks_when(end by, bool destroyed) {
  return [=](scenario& s) {
    auto& data = s.make<locked_data<by_exchange>>("data");
    auto& ready = s.make<asks_count>("predicate", data.count);
    auto& ex = s.make<executor>("executor");
    auto& ticket = s.make<basic_ticket<steps>>("ticket");
    auto& waits = s.make<coroutine<when_operation>>("coroutine", ex, ticket, data.lock, ready);
    auto& taken = s.make<int>("taken", 0);
    s.thread("waiter", [&data, &ready] {
      data.lock.lock_when(ready);
      data.add(-1);
    });
    s.thread("maker", [&data] {
      data.lock.lock();
      data.add(2);
    });
    bell& stop = add_end(s, by, waits);
    s.thread("coroutine", [=, &waits, &data, &taken, &stop] {
      const auto take = [&data, &taken](const auto& operation) {
        if (!operation.is_owner()) return;
        data.add(-1);
        ++taken;
      };
      if (destroyed)
        waits.run_or_destroy(until_of(by), stop, take);
      else
        waits.run(until_of(by), take);
    });
    s.after([=, &data, &ex, &taken] {
      ex.run_rest();
      expect(data.count.get() == 1 - taken, "somebody was lost");
      expect(destroyed || !is_patient(by) || taken == 1, "the coroutine was lost");
      expect(data.lock.try_lock(), "the lock is still held");
    });
  };
}

const bool lock_when = add({
    "coroutine, lock_when",
    {"async_lock_algorithm.hpp"},
    {{"1 waiter", bounded(1), locks_when(end::none, false)},
     {"1 waiter, destroyed", bounded(1), locks_when(end::none, true)},
     {"1 waiter, deadline", bounded(0), locks_when(end::deadline, false)},
     {"1 waiter, stop, destroyed", bounded(0), locks_when(end::stop, true)},
     {"1 waiter", by_content(bounded(2)), locks_when(end::none, false), false, true},
     {"1 waiter, destroyed", by_content(bounded(2)), locks_when(end::none, true), false, true}},
    {},
});

struct take_operation : detail::async_take<steps> {
  explicit take_operation(detail::semaphore_core<steps>& from) : async_take(from, 7) {}
  bool at_once(bool) noexcept { return is_taken(); }
  using async_take::has_permit;
};

// A coroutine and perhaps a thread that take, and a giver that gives one by one.
auto takes(bool thread_too, end by, bool destroyed) {
  return [=](scenario& s) {
    auto& permits = s.make<detail::semaphore_core<steps>>("permits", 0U);
    auto& ex = s.make<executor>("executor");
    auto& ticket = s.make<basic_ticket<steps>>("ticket");
    auto& waits = s.make<coroutine<take_operation>>("coroutine", ex, ticket, permits);
    auto& taken = s.make<int>("taken", 0);
    const int others = thread_too ? 1 : 0;
    if (thread_too)
      s.thread("taker", [&permits] {
        detail::basic_waiter<steps> waiter;
        if (!permits.take()) permits.take_slow(deadline::never(), waiter);
      });
    s.thread("giver", [&permits, others] {
      for (int i = 0; i <= others; ++i) permits.add(1, 7);
    });
    bell& stop = add_end(s, by, waits);
    s.thread("coroutine", [=, &waits, &taken, &stop] {
      const auto take = [&taken](const auto& operation) {
        taken += operation.has_permit() ? 1 : 0;
      };
      if (destroyed)
        waits.run_or_destroy(until_of(by), stop, take);
      else
        waits.run(until_of(by), take);
    });
    s.after([=, &permits, &ex, &taken] {
      ex.run_rest();
      expect(taken + static_cast<int>(permits.count()) == 1, "a permit was lost or made");
      expect(destroyed || !is_patient(by) || taken == 1, "the coroutine was lost");
    });
  };
}

const bool semaphore = add({
    "coroutine, semaphore",
    {"ticket.hpp", "async_wait_algorithm.hpp", "async_semaphore_algorithm.hpp"},
    {{"alone", complete(), takes(false, end::none, false)},
     {"alone, destroyed", complete(), takes(false, end::none, true)},
     {"alone, deadline", by_content(complete()), takes(false, end::deadline, false)},
     {"alone, late clock", by_content(complete()), takes(false, end::late_deadline, false)},
     {"alone, stop, destroyed", complete(), takes(false, end::stop, true)},
     {"1 taker", bounded(2), takes(true, end::none, false)},
     {"1 taker, destroyed", bounded(2), takes(true, end::none, true)},
     {"1 taker, stop", bounded(1), takes(true, end::stop, false)},
     {"1 taker", by_content(complete()), takes(true, end::none, false), false, true},
     {"1 taker, destroyed", by_content(complete()), takes(true, end::none, true), false, true}},
    {},
});

// Gives its lock away as a guard does.
struct owner_of_lock : detail::waiting_owner {
  explicit owner_of_lock(basic_parking_lock<steps, by_exchange>& of)
      : waiting_owner{&of, &release_it, nullptr, &of, &admit_it}, lock(of) {}
  basic_parking_lock<steps, by_exchange>& lock;

  static bool release_it(waiting_owner& self) noexcept {
    static_cast<owner_of_lock&>(self).lock.unlock();
    return true;
  }
  static detail::queue_admission admit_it(const waiting_owner& self) noexcept {
    return static_cast<const owner_of_lock&>(self).lock.admit_waiters();
  }
};

// A wait for one signal. The lock is held at the beginning, and at the end.
class signal_operation : public detail::async_signal<steps, by_exchange> {
 public:
  signal_operation(basic_condition<steps>& signal, basic_parking_lock<steps, by_exchange>& of)
      : async_signal(signal, of), owner_(of) {}
  static constexpr bool at_once(bool) noexcept { return false; }
  using async_signal::how;

 private:
  bool advance() noexcept override {
    if (begun_) return async_signal::advance();
    begun_ = true;
    this->begin(owner_);
    return false;
  }
  owner_of_lock owner_;
  bool begun_ = false;
};

struct room {
  basic_parking_lock<steps, by_exchange> lock;
  basic_condition<steps> changed;
  var<int> there;
  var<int> given;

  void give(bool all) {
    lock.lock();
    there.set(1);
    given.set(1);
    lock.unlock();
    if (all)
      changed.notify_all();
    else
      changed.notify_one();
  }
};

// A coroutine, perhaps a thread, and a signaller that gives one. The coroutine waits for the signal
// that goes with it, and takes nothing; the thread waits until it is there. Each tells the other.
auto waits_for_signal(bool thread_too, bool all, end by, bool destroyed) {
  return [=](scenario& s) {
    auto& of = s.make<room>("room");
    auto& ex = s.make<executor>("executor");
    auto& ticket = s.make<basic_ticket<steps>>("ticket");
    auto& waits = s.make<coroutine<signal_operation>>("coroutine", ex, ticket, of.changed, of.lock);
    if (thread_too)
      s.thread("waiter", [&of] {
        of.lock.lock();
        of.changed.wait(of.lock, [&of] { return of.there.get() > 0; });
        of.there.set(0);
        of.lock.unlock();
        of.changed.notify_one();
      });
    s.thread("signaller", [=, &of] { of.give(all); });
    bell& stop = add_end(s, by, waits);
    s.thread("coroutine", [=, &of, &waits, &stop] {
      of.lock.lock();
      if (of.given.get() > 0) {
        of.lock.unlock();
        return;
      }
      // Who has had a signal and takes nothing tells the next.
      const auto end = [&of, by](const auto& operation) {
        expect(!is_patient(by) || operation.how().notified(), "ended without a signal");
        of.lock.unlock();
        if (operation.how().notified()) of.changed.notify_one();
      };
      if (destroyed)
        waits.run_or_destroy(until_of(by), stop, end);
      else
        waits.run(until_of(by), end);
    });
    s.after([=, &of, &ex] {
      ex.run_rest();
      expect(of.there.get() == (thread_too ? 0 : 1), "the thread was lost");
      expect(of.lock.try_lock(), "the lock is still held");
    });
  };
}

const bool condition = add({
    "coroutine, condition",
    {"async_condition_algorithm.hpp"},
    {{"alone", bounded(2), waits_for_signal(false, false, end::none, false)},
     {"alone, destroyed", bounded(2), waits_for_signal(false, false, end::none, true)},
     {"alone, stop", bounded(1), waits_for_signal(false, false, end::stop, false)},
     {"alone, deadline", bounded(1), waits_for_signal(false, false, end::deadline, false)},
     {"alone, late clock", bounded(1), waits_for_signal(false, false, end::late_deadline, false)},
     {"alone, late clock, destroyed", bounded(1),
      waits_for_signal(false, false, end::late_deadline, true)},
     {"1 waiter", bounded(1), waits_for_signal(true, false, end::none, false)},
     {"1 waiter, destroyed", bounded(1), waits_for_signal(true, false, end::none, true)},
     {"1 waiter, stop, destroyed", bounded(1), waits_for_signal(true, false, end::stop, true)},
     {"1 waiter, broadcast", bounded(1), waits_for_signal(true, true, end::none, false)},
     {"1 waiter, broadcast, destroyed", bounded(1), waits_for_signal(true, true, end::none, true)}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
