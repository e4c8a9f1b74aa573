// SPDX-License-Identifier: BSL-1.0
// The parking lot: no waiter is lost, woken twice, or left in a queue.
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

const bool parking_lot = add({
    "parking_lot",
    {"parking_lot_algorithm.hpp", "parking_lot_table.hpp"},
    {{"1 waiter", complete(), passing(1, false)},
     {"1 waiter with a deadline", complete(), passing(1, true)},
     {"a token and a deadline", complete(), tokens(false, false)},
     {"a token and a stop", by_content(complete()), tokens(true, false)},
     {"a token, requeued, and a deadline", by_content(complete()), tokens(false, true)},
     {"a token, requeued, and a stop", by_content(complete()), tokens(true, true)},
     {"2 waiters", by_content(complete()), passing(2, false)},
     {"2 waiters with deadlines", by_content(complete()), passing(2, true)},
     {"3 waiters", by_content(complete()), passing(3, false), false},
     {"3 waiters with deadlines", by_content(complete()), passing(3, true), false}},
    {{"parking_lot_table.hpp", "table_.load(order::acquire)", model::mutation::kind::no_acquire,
      "not covered: the model has no pages, so the table never grows"}},
});

}  // namespace
}  // namespace holdfast::verify
