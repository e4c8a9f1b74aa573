// SPDX-License-Identifier: BSL-1.0
// The parking lot: no waiter is lost, woken twice, or left in a queue.
#include <cstdint>
#include <limits>
#include <ratio>

#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;
using lot_type = detail::basic_parking_lot<steps>;
using waiter = detail::basic_waiter<steps>;

lot_type& lot() { return lot_type::instance(); }

// A gate: closed until it is opened, with one bit for waiters.
struct gate {
  steps::atomic<std::uint32_t> open;
  var<int> behind;  // plain data that opening publishes

  bool pass(const deadline& until, waiter& self) {
    for (;;) {
      if (open.load(platform::order::acquire) != 0) return true;
      const auto parked = lot().park(this, self, until,
                                     [this] { return open.load(platform::order::relaxed) == 0; });
      if (parked.end == detail::park_end::unparked || parked.end == detail::park_end::not_parked)
        continue;
      return open.load(platform::order::acquire) != 0;
    }
  }
  void unlock() {
    behind.set(1);
    open.store(1, platform::order::release);
    lot().unpark_all(this, 0);
  }
};

auto passing(int waiters, bool may_give_up) {
  return [=](scenario& s) {
    auto& g = s.make<gate>("gate");
    for (int i = 0; i < waiters; ++i)
      s.thread("waiter", [&g, may_give_up] {
        waiter self;
        const deadline until = may_give_up ? model::any_time() : deadline::never();
        if (g.pass(until, self)) expect(g.behind.get() == 1, "passed a closed gate");
      });
    s.thread("opener", [&g] { g.unlock(); });
    s.after([&g] { expect(lot().waiters_of(&g) == 0, "a waiter is left in the queue"); });
  };
}

// One token goes to one waiter, also when its deadline passes or a stop comes at that moment.
auto tokens(bool by_stop, bool moved) {
  return [=](scenario& s) {
    auto& keys = s.make<std::array<char, 128>>("keys");
    auto& sent = s.make<var<int>>("sent");
    auto& received = s.make<var<int>>("received");
    auto& self = s.make<waiter>("self");
    s.thread("waiter", [&, by_stop] {
      const deadline until = by_stop ? deadline::never() : model::any_time();
      const auto parked = lot().park(&keys[0], self, until, [] { return true; });
      if (parked.end == detail::park_end::unparked) received.set(static_cast<int>(parked.token));
    });
    if (by_stop) s.thread("stop", [&self] { self.interrupt(); });
    s.thread("waker", [&, moved] {
      if (moved)
        lot().unpark_requeue(
            &keys[0], &keys[64], [](std::uintptr_t) { return detail::pick::move; },
            [](const detail::picked&) { return std::uintptr_t{0}; });
      bool found =
          lot().unpark_one(&keys[0], [](detail::unpark_info) { return std::uintptr_t{7}; });
      if (!found && moved)
        found = lot().unpark_one(&keys[64], [](detail::unpark_info) { return std::uintptr_t{7}; });
      if (found) sent.set(7);
      // Whoever came too late is let go.
      self.interrupt();
    });
    s.after([&] {
      expect(sent.get() == received.get(), "a token was lost");
      expect(lot().waiters_of(&keys[0]) + lot().waiters_of(&keys[64]) == 0, "left in a queue");
    });
  };
}

// A clock of the caller's that stands still: its wait has another deadline whenever one has passed.
struct late_clock {
  struct duration {
    using rep = std::int64_t;
    using period = std::nano;
    rep ticks;
    rep count() const { return ticks; }
  };
  struct time_point {
    using clock = late_clock;
    duration since;
    duration time_since_epoch() const { return since; }
    friend bool operator<(const time_point& a, const time_point& b) {
      return a.since.ticks < b.since.ticks;
    }
  };
  static time_point now() { return {{0}}; }
  static std::int64_t to_time_t(const time_point& of) { return of.since.ticks; }
};
constexpr late_clock::time_point in_the_end{{std::numeric_limits<std::int64_t>::max()}};

// Whose clock is late is not told that its deadline has passed: it stays where it is in the queue, and
// is found there.
auto late_clocks(bool one_behind_it) {
  return [=](scenario& s) {
    auto& key = s.make<char>("key");
    auto& queued = s.make<steps::atomic<std::uint32_t>>("queued");
    s.thread("waiter", [&] {
      waiter self;
      const auto parked = lot().park(
          &key, self, model::any_time(),
          [&] {
            queued.store(1, platform::order::relaxed);
            return true;
          },
          [] {}, {.renews = detail::renewal(in_the_end)});
      expect(parked.end == detail::park_end::unparked && parked.token == 1, "lost its place");
    });
    if (one_behind_it)
      s.thread("one behind it", [&] {
        waiter self;
        const auto parked = lot().park(&key, self, model::any_time(),
                                       [&] { return queued.load(platform::order::relaxed) == 1; });
        expect(parked.end != detail::park_end::unparked, "was served before its turn");
      });
    s.thread("waker", [&] {
      while (queued.load(platform::order::relaxed) == 0) steps::pause();
      expect(lot().unpark_one(&key, [](detail::unpark_info) { return std::uintptr_t{1}; }),
             "found nobody");
    });
  };
}

const bool parking_lot = add({
    "parking_lot",
    {"parking_lot_algorithm.hpp", "parking_lot_table.hpp"},
    {{"1 waiter", complete(), passing(1, false)},
     {"1 waiter with a deadline", complete(), passing(1, true)},
     {"a token and a deadline", complete(), tokens(false, false)},
     {"a token and a stop", by_content(complete()), tokens(true, false)},
     {"a token, requeued, and a deadline", by_content(complete()), tokens(false, true)},
     {"a token, requeued, and a stop", by_content(complete()), tokens(true, true)},
     {"a late clock", complete(), late_clocks(false)},
     {"a late clock, and 1 behind it", by_content(complete()), late_clocks(true)},
     {"2 waiters", by_content(complete()), passing(2, false)},
     {"2 waiters with deadlines", by_content(complete()), passing(2, true)},
     {"3 waiters", by_content(complete()), passing(3, false), false},
     {"3 waiters with deadlines", by_content(complete()), passing(3, true), false}},
    {{"parking_lot_table.hpp", "table_.load(order::acquire)", model::mutation::kind::no_acquire,
      "not covered: the model has no pages, so the table never grows"}},
});

}  // namespace
}  // namespace holdfast::verify
