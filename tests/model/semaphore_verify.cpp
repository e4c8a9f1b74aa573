// SPDX-License-Identifier: BSL-1.0
// The semaphore, and the once.
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "semaphore_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;
using semaphore_type = basic_semaphore<steps>;

auto exclusive(int threads, int rounds) {
  return [=](scenario& s) {
    auto& permits = s.make<semaphore_type>("permits", 1);
    auto& count = s.make<var<int>>("count");
    for (int i = 0; i < threads; ++i)
      s.thread("user", [&permits, &count, rounds] {
        for (int r = 0; r < rounds; ++r) {
          permits.acquire();
          count.set(count.get() + 1);
          permits.release();
        }
      });
    s.after([&, total = threads * rounds] {
      expect(count.get() == total, "two at once");
      expect(permits.available() == 1, "a permit was lost or made");
    });
  };
}

// Takers with nothing to take, and a giver that gives all at once or one by one.
auto given(int takers, bool at_once, bool may_give_up) {
  return [=](scenario& s) {
    auto& permits = s.make<semaphore_type>("permits", 0);
    auto& got = s.make<steps::atomic<int>>("got");
    for (int i = 0; i < takers; ++i)
      s.thread("taker", [&permits, &got, may_give_up] {
        detail::basic_waiter<steps> waiter;
        const deadline until = may_give_up ? model::any_time() : deadline::never();
        if (permits.try_acquire_until(until)) got.fetch_add(1, platform::order::relaxed);
      });
    s.thread("giver", [&permits, takers, at_once] {
      if (at_once)
        permits.release(takers);
      else
        for (int i = 0; i < takers; ++i) permits.release();
    });
    s.after([&, takers] {
      const auto taken = got.load(platform::order::relaxed);
      expect(taken + static_cast<int>(permits.available()) == takers, "a permit was lost or made");
    });
  };
}

const bool semaphore = add({
    "semaphore",
    {"semaphore.hpp", "semaphore_algorithm.hpp"},
    {{"2 threads x 1", complete(), exclusive(2, 1)},
     {"1 taker, 1 giver", complete(), given(1, false, false)},
     {"3 threads x 1", by_content(complete()), exclusive(3, 1)},
     {"2 takers, given one by one", by_content(complete()), given(2, false, false)},
     {"2 takers, given at once", by_content(complete()), given(2, true, false)},
     {"2 takers with deadlines", by_content(complete()), given(2, false, true)},
     {"2 threads x 2", by_content(complete()), exclusive(2, 2)},
     {"3 threads x 2", by_content(bounded(0)), exclusive(3, 2), false},
     {"3 threads x 2", by_content(bounded(1)), exclusive(3, 2), false, true}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
