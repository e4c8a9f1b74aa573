// SPDX-License-Identifier: BSL-1.0
// Coroutines that wait: for a lock, a permit, a signal; with a stop, with a deadline; and destroyed
// while they are notified.
#include "lock/parking_lock_algorithm.hpp"
#include "condition_algorithm.hpp"
#include "model/coroutine_programs.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "semaphore_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::bare;
using model::expect;
using model::scenario;
using model::var;
using detail::basic_ticket;

enum class end : std::uint8_t { none, stop, deadline };

// The thread that brings the end. Gives the bell of a stop.
template <class Coroutine>
bell& add_end(scenario& s, end by, Coroutine& of) {
  auto& clock = s.make<bell>("clock");
  auto& stop = s.make<bell>("stop");
  clock_of_execution = &clock;
  if (by == end::deadline)
    s.thread("clock", [&clock] { clock.ring([](auto& waiter) { waiter.expire(); }); });
  if (by == end::stop) {
    stop.watch(&of.stoppable());
    s.thread("stop", [&stop] { stop.ring([](auto& waiter) { waiter.interrupt(); }); });
  }
  return stop;
}

deadline until_of(end by) { return by == end::deadline ? any_civil_time() : deadline::never(); }

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
  void add() {
    count.set(count.get() + 1);
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
        data.add();
      });
    bell& stop = add_end(s, by, waits);
    s.thread("coroutine", [=, &waits, &data, &counted, &stop] {
      const auto count = [&data, &counted](const auto& operation) {
        if (!operation.is_owner()) return;
        data.add();
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
      expect(destroyed || by != end::none || counted == 1, "the coroutine was lost");
      expect(data.lock.try_lock(), "the lock is still held");
    });
  };
}

template <unlock_by Unlock>
std::vector<program> lock_programs() {
  return {
      {"1 owner", complete(), locks<Unlock>(1, end::none, false)},
      {"1 owner, destroyed", complete(), locks<Unlock>(1, end::none, true)},
      {"1 owner, deadline", complete(), locks<Unlock>(1, end::deadline, false)},
      {"1 owner, stop", complete(), locks<Unlock>(1, end::stop, false)},
      {"1 owner, deadline, destroyed", complete(), locks<Unlock>(1, end::deadline, true)},
      {"1 owner, stop, destroyed", complete(), locks<Unlock>(1, end::stop, true)},
      {"2 owners", bounded(2), locks<Unlock>(2, end::none, false)},
      {"2 owners, destroyed", bounded(2), locks<Unlock>(2, end::none, true)},
  };
}

const bool lock = add({"coroutine, lock",
                       {"ticket.hpp", "async_wait_algorithm.hpp", "async_lock_algorithm.hpp"},
                       lock_programs<unlock_by::compare_and_swap>(),
                       {}});

}  // namespace
}  // namespace holdfast::verify
