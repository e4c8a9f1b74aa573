// SPDX-License-Identifier: BSL-1.0
// The barrier of the pthread calls: nobody leaves before all have come, one of each round is told that it is
// the last, and whoever has left may destroy it.
#include <array>

#include "../../preload/posix_barrier.hpp"
#include "model/programs.hpp"
#include "model/short_lived.hpp"
#include "park/parking_lot_algorithm.hpp"

namespace holdfast::verify {
namespace {

using model::expect;
using model::scenario;
using model::steps;
using model::var;
using platform::order;
using barrier_type = preload::posix_barrier<steps>;

int queued(const barrier_type& barrier) {
  return static_cast<int>(detail::basic_parking_lot<steps>::instance().waiters_of(&barrier));
}

// A barrier, and what each thread did before each round.
struct room {
  static constexpr int threads_at_most = 3;
  static constexpr int rounds_at_most = 2;

  short_lived<barrier_type> barrier;
  std::array<std::array<var<int>, threads_at_most>, rounds_at_most> came;
  std::array<var<int>, rounds_at_most> last;

  // True if it came last.
  bool pass(int thread, int threads, int round) {
    const auto r = static_cast<std::size_t>(round);
    came[r][static_cast<std::size_t>(thread)].set(1);
    const bool is_last = barrier->wait(static_cast<unsigned>(threads));
    for (int t = 0; t < threads; ++t)
      expect(came[r][static_cast<std::size_t>(t)].get() == 1, "left before all had come");
    if (is_last) last[r].set(last[r].get() + 1);
    return is_last;
  }
};

auto rounds(int threads, int count) {
  return [=](scenario& s) {
    auto& r = s.make<room>("room");
    for (int t = 0; t < threads; ++t)
      s.thread("comes", [&r, t, threads, count] {
        for (int k = 0; k < count; ++k) r.pass(t, threads, k);
      });
    s.after([&r, count] {
      for (int k = 0; k < count; ++k)
        expect(r.last[static_cast<std::size_t>(k)].get() == 1, "not one was the last");
      expect(r.barrier->is_empty(), "somebody is still counted");
      expect(queued(*r.barrier) == 0, "a waiter is left in the queue");
    });
  };
}

// One of those who have left destroys it: the last, or one that was woken.
auto destroyed(int threads, bool by_last) {
  return [=](scenario& s) {
    auto& r = s.make<room>("room");
    for (int t = 0; t < threads; ++t)
      s.thread("comes", [&r, t, threads, by_last] {
        if (r.pass(t, threads, 0) == by_last) r.barrier.destroy();
      });
  };
}

// More threads than a round has. Several may find that they are the last, of whom one is; the others
// begin the next round, in which somebody may wait already.
auto groups(int threads, int each) {
  return [=](scenario& s) {
    auto& barrier = s.make<barrier_type>("barrier");
    auto& came = s.make<steps::atomic<int>>("came");
    auto& left = s.make<steps::atomic<int>>("left");
    auto& last = s.make<steps::atomic<int>>("last");
    for (int t = 0; t < threads; ++t)
      s.thread("comes", [&, each] {
        came.fetch_add(1, order::relaxed);
        const bool is_last = barrier.wait(static_cast<unsigned>(each));
        const int others = left.fetch_add(1, order::acq_rel);  // and sees what these saw
        expect(came.load(order::relaxed) >= (others / each + 1) * each, "left too early");
        if (is_last) last.fetch_add(1, order::relaxed);
      });
    s.after([&, all = threads / each] {
      expect(last.load(order::relaxed) == all, "not one of each group was the last");
      expect(barrier.is_empty() && queued(barrier) == 0, "somebody is still counted");
    });
  };
}

model::options by_priorities(std::uint64_t executions) {
  model::options how = random(executions);
  how.mode = model::search::pct;
  return how;
}

const bool posix_barrier = add({
    "posix_barrier",
    {"posix_barrier.hpp"},
    {{"1 thread x 2", complete(), rounds(1, 2)},
     {"2 threads", complete(), rounds(2, 1)},
     {"2 threads, destroyed by the last", complete(), destroyed(2, true)},
     {"2 threads, destroyed by the first", complete(), destroyed(2, false)},
     {"2 threads x 2", by_content(complete()), rounds(2, 2)},
     {"3 threads", by_content(complete()), rounds(3, 1)},
     {"3 threads, destroyed by the last", by_content(complete()), destroyed(3, true)},
     {"3 threads x 2", by_content(complete()), rounds(3, 2)},
     {"4 threads, 2 at a time", by_content(bounded(1)), groups(4, 2)},
     {"6 threads, 3 at a time", by_priorities(10'000), groups(6, 3), false}},
    {},
});

}  // namespace
}  // namespace holdfast::verify
