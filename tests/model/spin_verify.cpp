// SPDX-License-Identifier: BSL-1.0
// The locks that never sleep.
#include "holdfast/spin/peterson_lock.hpp"

#include "model/programs.hpp"
#include "spin/mcs_lock_algorithm.hpp"
#include "spin/spin_lock_algorithm.hpp"
#include "spin/ticket_lock_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::scenario;
using model::steps;

template <class Lock>
std::vector<program> programs(model::options three_by_two = by_content(complete())) {
  return {
      {"2 threads x 1", complete(), counting<Lock>(2, 1)},
      {"lock against try", complete(), trying<Lock>()},
      {"2 threads x 2", by_content(complete()), counting<Lock>(2, 2)},
      {"3 threads x 1", by_content(complete()), counting<Lock>(3, 1)},
      {"3 threads x 2", three_by_two, counting<Lock>(3, 2), false},
      {"3 threads x 2", by_content(complete()), counting<Lock>(3, 2), false, true},
  };
}

const bool spin = add({"spin_lock",
                       {"spin_lock.hpp", "spin_lock_algorithm.hpp"},
                       programs<basic_spin_lock<steps>>(),
                       {}});
const bool ticket = add({"ticket_lock",
                         {"ticket_lock.hpp", "ticket_lock_algorithm.hpp"},
                         programs<basic_ticket_lock<steps>>(),
                         {}});
const bool mcs = add({"mcs_lock",
                      {"mcs_lock.hpp", "mcs_lock_algorithm.hpp"},
                      programs<basic_mcs_lock<steps>>(by_content(bounded(2))),
                      {}});

auto regions(int rounds) {
  return [rounds](scenario& s) {
    auto& lock = s.make<basic_peterson_lock<steps>>("region");
    auto& count = s.make<model::var<int>>("count");
    for (unsigned party = 0; party < 2; ++party)
      s.thread("party", [&lock, &count, party, rounds] {
        for (int r = 0; r < rounds; ++r) {
          lock.enter_region(party);
          count.set(count.get() + 1);
          lock.leave_region(party);
        }
      });
    s.after([&count, rounds] { model::expect(count.get() == 2 * rounds, "an owner was lost"); });
  };
}

auto trying_regions() {
  return [](scenario& s) {
    auto& lock = s.make<basic_peterson_lock<steps>>("region");
    auto& count = s.make<model::var<int>>("count");
    for (unsigned party = 0; party < 2; ++party)
      s.thread("party", [&lock, &count, party] {
        for (int r = 0; r < 2; ++r)
          if (lock.try_enter_region(party)) {
            count.set(count.get() + 1);
            lock.leave_region(party);
          }
      });
  };
}

const bool peterson =
    add({"peterson_lock",
         {"peterson_lock.hpp"},
         {{"2 parties x 1", complete(), regions(1)},
          {"2 parties x 2", by_content(complete()), regions(2)},
          {"2 parties that try twice", by_content(complete()), trying_regions()},
          {"2 parties x 3", by_content(complete()), regions(3), false},
          {"2 parties x 4", by_content(complete()), regions(4), false, true}},
         {{"peterson_lock.hpp", "turn_.store(", model::mutation::kind::no_release,
           "the fence before it does the same; ThreadSanitizer does not see it"}}});

}  // namespace
}  // namespace holdfast::verify
