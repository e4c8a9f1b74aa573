// SPDX-License-Identifier: BSL-1.0
// The semaphore of the pthread calls: no permit is taken twice or lost, and nobody sleeps while one lies
// there, also when a waiter gives up or is cancelled as it is woken.
#include "../../preload/posix_semaphore.hpp"
#include "model/programs.hpp"
#include "model/short_lived.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;
using platform::order;
using permits_type = preload::posix_semaphore<steps>;

enum class patience : std::uint8_t { endless, limited };

// As sem_wait. A thread with limited patience has a deadline and may be cancelled, also when it has been
// woken: what follows is the same. False if it gave up.
bool wait(permits_type& permits, patience of = patience::endless) {
  const deadline until = of == patience::endless ? deadline::never() : model::any_time();
  return permits.try_take() || permits.take_slow([of, until](const permits_type::word& word) {
    const auto end = steps::futex_wait_half(word, 0, until);
    const bool gives_up =
        of == patience::limited &&
        (end == platform::futex_result::deadline_passed || model::detail::choose(2) == 1);
    return gives_up ? 1 : 0;
  }) == 0;
}

// One permit, under which they count.
auto exclusive(int threads, int rounds) {
  return [=](scenario& s) {
    auto& permits = s.make<permits_type>("permits");
    auto& count = s.make<var<int>>("count");
    permits.post();
    for (int i = 0; i < threads; ++i)
      s.thread("user", [&permits, &count, rounds] {
        for (int r = 0; r < rounds; ++r) {
          wait(permits);
          count.set(count.get() + 1);
          permits.post();
        }
      });
    s.after([&, total = threads * rounds] {
      expect(count.get() == total, "two at once");
      expect(permits.value() == 1 && !permits.has_waiters(), "a permit was lost or made");
    });
  };
}

// Who is there, beside the posters. Whoever is not patient leaves no fewer permits than it found.
struct crowd {
  int posters;
  int rounds;   // of each poster
  int patient;  // each takes one, or as many as are left over
  int hasty;    // may give up; who does not posts again
  int barging;  // try once, and post again
};

// Each permit that is posted is for one who is patient: nobody sleeps on.
auto given(const crowd& who) {
  return [who](scenario& s) {
    auto& permits = s.make<permits_type>("permits");
    const int posted = who.posters * who.rounds;
    for (int i = 0; i < who.patient; ++i)
      s.thread("waiter", [&permits, rounds = posted / who.patient] {
        for (int r = 0; r < rounds; ++r) wait(permits);
      });
    for (int i = 0; i < who.hasty; ++i)
      s.thread("hasty", [&permits] {
        if (wait(permits, patience::limited)) permits.post();
      });
    for (int i = 0; i < who.barging; ++i)
      s.thread("barges", [&permits] {
        if (permits.try_take()) permits.post();
      });
    for (int i = 0; i < who.posters; ++i)
      s.thread("poster", [&permits, rounds = who.rounds] {
        for (int r = 0; r < rounds; ++r) permits.post();
      });
    s.after([&permits] {
      expect(permits.value() == 0 && !permits.has_waiters(), "a permit was lost or made");
    });
  };
}

// Fewer permits than waiters, of whom all may give up.
auto short_of(int permits_posted, int waiters) {
  return [=](scenario& s) {
    auto& permits = s.make<permits_type>("permits");
    auto& taken = s.make<steps::atomic<int>>("taken");
    for (int i = 0; i < waiters; ++i)
      s.thread("hasty", [&] {
        if (wait(permits, patience::limited)) taken.fetch_add(1, order::relaxed);
      });
    s.thread("poster", [&permits, permits_posted] {
      for (int i = 0; i < permits_posted; ++i) permits.post();
    });
    s.after([&, permits_posted] {
      const int all = taken.load(order::relaxed) + static_cast<int>(permits.value());
      expect(all == permits_posted && !permits.has_waiters(), "a permit was lost or made");
    });
  };
}

// Whoever has taken the last permit destroys it, while others may still be in their posts.
auto destroyed(int posters) {
  return [=](scenario& s) {
    auto& permits = s.make<short_lived<permits_type>>("permits");
    for (int i = 0; i < posters; ++i) s.thread("poster", [&permits] { permits->post(); });
    s.thread("destroys", [&permits, posters] {
      for (int i = 0; i < posters; ++i) wait(*permits);
      permits.destroy();
    });
  };
}

model::options woken_for_no_reason(model::options how) {
  how.spurious_wakes = 1;
  return how;
}

// The compare of the sleep is here.
const bool posix_semaphore = add({
    "posix_semaphore",
    {"posix_semaphore.hpp", "posix_semaphore_verify.cpp"},
    {{"2 threads x 1", complete(), exclusive(2, 1)},
     {"1 waiter, 1 poster", complete(), given({1, 1, 1, 0, 0})},
     {"1 waiter, 1 poster, destroyed", complete(), destroyed(1)},
     {"2 waiters, 1 poster x 2", by_content(complete()), given({1, 2, 2, 0, 0})},
     {"1 waiter, 1 gives up, 1 poster", by_content(complete()), given({1, 1, 1, 1, 0})},
     {"1 waiter, 1 poster, 1 barges", by_content(complete()), given({1, 1, 1, 0, 1})},
     {"2 give up, 1 poster", by_content(complete()), short_of(1, 2)},
     {"1 waiter x 2, 2 posters, destroyed", by_content(complete()), destroyed(2)},
     {"2 waiters, 2 posters", by_content(complete()), given({2, 1, 2, 0, 0})},
     {"2 waiters, woken for no reason, 1 poster x 2", by_content(woken_for_no_reason(complete())),
      given({1, 2, 2, 0, 0})},
     {"3 threads x 1", by_content(complete()), exclusive(3, 1)},
     {"2 threads x 2", by_content(complete()), exclusive(2, 2)},
     {"2 waiters, 1 gives up, 1 poster x 2", by_content(bounded(1)), given({1, 2, 2, 1, 0})},
     {"1 waiter, 2 give up, 1 poster", by_content(bounded(1)), given({1, 1, 1, 2, 0})},
     {"3 waiters, 1 poster x 3", by_content(bounded(0)), given({1, 3, 3, 0, 0})},
     {"3 give up, 1 poster x 2", by_content(bounded(1)), short_of(2, 3)},
     {"3 waiters, 1 poster x 3", by_content(bounded(1)), given({1, 3, 3, 0, 0}), false, true},
     {"2 waiters, 1 gives up, 2 posters", by_content(bounded(1)), given({2, 1, 2, 1, 0}), false,
      true}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
