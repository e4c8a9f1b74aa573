// SPDX-License-Identifier: BSL-1.0
// parking_lock, by both of its unlocks.
#include "lock/parking_lock_algorithm.hpp"
#include "model/programs.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;

// Two that lock for good and one whose deadline may pass, or that is told to stop, at any time.
template <unlock_by Unlock>
auto giving_up(bool by_stop) {
  return [=](scenario& s) {
    auto& lock = s.make<basic_parking_lock<steps, Unlock>>("lock");
    auto& count = s.make<var<int>>("count");
    auto& waiter = s.make<detail::basic_waiter<steps>>("waiter");
    const auto use = [&lock, &count] {
      count.set(count.get() + 1);
      lock.unlock();
    };
    s.thread("owner", [&lock, use] {
      lock.lock();
      use();
    });
    s.thread("owner", [&lock, use] {
      lock.lock();
      use();
    });
    s.thread("waiter", [&lock, &waiter, use, by_stop] {
      const deadline until = by_stop ? deadline::never() : model::any_time();
      if (lock.try_lock_until(until, waiter)) use();
    });
    if (by_stop) s.thread("stop", [&waiter] { waiter.interrupt(); });
    s.after([&lock, &count] {
      expect(count.get() >= 2, "an owner was lost");
      expect(lock.try_lock(), "the lock is still held");
    });
  };
}

model::options refusing(model::options how) {
  how.refuses_fence = true;
  return how;
}

model::options crowded(model::options how) {
  how.crowds = true;
  return how;
}

template <unlock_by Unlock>
std::vector<program> programs() {
  return {
      {"2 threads x 1, crowded", crowded(complete()),
       counting<basic_parking_lock<steps, Unlock>>(2, 1)},
      {"2 threads x 2, crowded", crowded(by_content(complete())),
       counting<basic_parking_lock<steps, Unlock>>(2, 2)},
      {"3 threads x 1, crowded", crowded(by_content(bounded(2))),
       counting<basic_parking_lock<steps, Unlock>>(3, 1)},
      {"deadline, 3 threads, crowded", crowded(by_content(bounded(1))), giving_up<Unlock>(false)},
      {"stop, 4 threads, crowded", crowded(by_content(bounded(0))), giving_up<Unlock>(true), false},
      {"2 threads x 1", complete(), counting<basic_parking_lock<steps, Unlock>>(2, 1)},
      {"2 threads x 2", complete(), counting<basic_parking_lock<steps, Unlock>>(2, 2)},
      {"deadline, 3 threads", by_content(complete()), giving_up<Unlock>(false)},
      {"3 threads x 1", by_content(complete()), counting<basic_parking_lock<steps, Unlock>>(3, 1)},
      {"stop, 4 threads", bounded(1), giving_up<Unlock>(true), false},
      {"2 threads x 3", by_content(complete()), counting<basic_parking_lock<steps, Unlock>>(2, 3),
       false},
      {"3 threads x 2", by_content(bounded(1)), counting<basic_parking_lock<steps, Unlock>>(3, 2),
       false},
      {"stop, 4 threads", by_content(bounded(3)), giving_up<Unlock>(true), false, true},
      {"3 threads x 2", by_content(bounded(3)), counting<basic_parking_lock<steps, Unlock>>(3, 2),
       false, true},
      {"3 threads x 1, crowded", crowded(by_content(complete())),
       counting<basic_parking_lock<steps, Unlock>>(3, 1), false, true},
      {"stop, 4 threads, crowded", crowded(by_content(bounded(1))), giving_up<Unlock>(true), false,
       true},
  };
}

const bool restartable = add({
    "parking_lock, restartable",
    {"parking_lock.hpp", "parking_lock_algorithm.hpp", "lock_bytes.hpp"},
    [] {
      auto all = programs<unlock_by::restartable>();
      using lock = basic_parking_lock<steps, unlock_by::restartable>;
      all.push_back({"2 threads x 2, fence refused", refusing(bounded(2)), counting<lock>(2, 2)});
      all.push_back({"3 threads x 1, fence refused", refusing(bounded(2)), counting<lock>(3, 1)});
      all.push_back({"deadline, 3 threads, fence refused", refusing(bounded(2)),
                     giving_up<unlock_by::restartable>(false)});
      return all;
    }(),
    {},
});
const bool compare_and_swap = add({
    "parking_lock, compare-and-swap",
    {"parking_lock.hpp", "parking_lock_algorithm.hpp", "lock_bytes.hpp"},
    programs<unlock_by::compare_and_swap>(),
    {},
});

}  // namespace
}  // namespace holdfast::verify
